import { TIMINGS, type Timings } from '../../core/timings.js';

/** How far an exploration goes. */
export interface Bounds {
  readonly name: string;
  readonly crashes: number;
  readonly partitions: number;
  /** Messages that may arrive before one that the same connection carried earlier. */
  readonly overtakings: number;
  /** Steps of time of one second. */
  readonly seconds: number;
  /** Calls that clients make, at any time and in any order: the nodes that get them. */
  readonly calls: readonly number[];
  /** It begins when the owner is dead and the others know: with the claims. */
  readonly isOwnerDead: boolean;
}

const NONE = { crashes: 0, partitions: 0, overtakings: 0, seconds: 4, isOwnerDead: false };

export const BOUNDS: readonly Bounds[] = [
  { ...NONE, name: 'takeover', isOwnerDead: true, seconds: 2, calls: [1, 2] },
  { ...NONE, name: 'takeover, overtaking', isOwnerDead: true, overtakings: 2, calls: [1, 2] },
  { ...NONE, name: 'takeover, partition', isOwnerDead: true, partitions: 1, calls: [1, 2] },
  { ...NONE, name: 'takeover, crash', isOwnerDead: true, crashes: 1, calls: [1, 2] },
  { ...NONE, name: 'two crashes', crashes: 2, calls: [0, 1] },
  { ...NONE, name: 'partition', partitions: 1, calls: [0, 1] },
  {
    ...NONE,
    name: 'crash, partition, overtaking',
    crashes: 1,
    partitions: 1,
    overtakings: 1,
    calls: [0, 2],
  },
];

export const SECOND_MS = 1000;

/** Such that a death is found out within two seconds and repetitions come one by one. */
export const EXPLORED_TIMINGS: Timings = {
  ...TIMINGS.local,
  heartbeatMs: SECOND_MS,
  suspectAfterMs: 1.5 * SECOND_MS,
  deadAloneAfterMs: 2.5 * SECOND_MS,
  hintSpacingMs: 1,
  probeSpacingMs: 1,
  unreachableAloneMs: SECOND_MS,
  pauseMs: 60 * SECOND_MS,
  resendMs: 1.5 * SECOND_MS,
  linkTimeoutMs: 1.5 * SECOND_MS,
  substituteAfterMs: 1.5 * SECOND_MS,
  adoptAfterMs: 500,
};
