import type { CoreEvent } from '../../core/events.js';
import type { LocalMachine, LocalState } from './local-machine.js';

export const NODES = ['n1', 'n2', 'n3'] as const;

/** A message on its way. */
export interface Envelope {
  readonly from: number;
  readonly to: number;
  /** It is for this life of the node. */
  readonly incarnation: string;
  readonly bytes: string;
  readonly message: Extract<CoreEvent, { kind: 'message' }>['message'];
  readonly sender: string;
}

/** An acknowledged change, and the nodes that had it then. */
export interface Acknowledged {
  readonly token: string;
  readonly holders: readonly number[];
}

/** One state of all: where each node is in its history, and what is between them. */
export interface WorldState {
  readonly locals: readonly LocalState[];
  /** By connection (sender, receiver, lane), each in order. */
  readonly channels: ReadonlyMap<string, readonly Envelope[]>;
  readonly crashed: readonly boolean[];
  /** The node that is apart from the others. */
  readonly apart: number | undefined;
  readonly nowMs: number;
  readonly left: {
    readonly crashes: number;
    readonly partitions: number;
    readonly overtakings: number;
    readonly seconds: number;
  };
  /** Calls not made yet, by number. */
  readonly calls: readonly number[];
  readonly acknowledged: readonly Acknowledged[];
  readonly wasApart: boolean;
  readonly parent: WorldState | undefined;
  readonly action: string;
}

/**
 * Two interleavings that gave each node the same history and left the same between them are one
 * state: nodes share nothing else.
 */
export function keyOf(state: WorldState): string {
  const { locals, channels, crashed, apart, left, calls, acknowledged } = state;
  const way = [...channels]
    .filter(([, queue]) => queue.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, queue]) => `${name}:${queue.map(({ bytes }) => bytes).join('\u0001')}`);
  const { crashes, partitions, overtakings, seconds } = left;
  return [
    locals.map(({ id }, index) => (crashed[index] ? 'x' : id)).join(','),
    `${apart}`,
    `${crashes},${partitions},${overtakings},${seconds}`,
    calls.join(','),
    acknowledged.map(({ token }) => token).join(','),
    ...way,
  ].join('|');
}

/** The path to a state, to be read. */
export function pathTo(state: WorldState): string[] {
  const actions: string[] = [];
  for (let at: WorldState | undefined = state; at; at = at.parent) actions.push(at.action);
  return actions.reverse();
}

export interface Machines {
  readonly machines: readonly LocalMachine[];
}
