import type { CoreNotice } from '../../core/events.js';
import type { Dump } from '../dump.js';
import type { Fault } from '../faults.js';
import type { History } from '../history.js';
import type { AfterPowerCut } from '../power-cut.js';

/** What is wrong, in a form that can be counted and printed. */
export interface Violation {
  /** Stable name of the broken promise. */
  readonly rule: string;
  readonly atMs: number;
  readonly key?: string | undefined;
  readonly text: string;
}

/** A node said that something is not there any more, or that it had to forget something. */
export interface LossReport {
  readonly atMs: number;
  readonly node: string;
  readonly notice: Extract<CoreNotice, { kind: 'superseded' | 'limit' }>;
}

/** A comparison of two nodes that found a difference. */
export interface Mismatch {
  readonly atMs: number;
  readonly node: string;
  readonly peer: string;
  readonly part: string;
}

/** All that the checker looks at: calls, results, faults and two dumps. */
export interface Evidence {
  readonly history: History;
  /** As they really happened. */
  readonly faults: readonly Fault[];
  /** After things came to rest, before anyone asked for anything. */
  readonly atRest: Dump;
  /** After every session was opened once more. */
  readonly atEnd: Dump;
  readonly backups: number;
  /** After every node lost its memory, where there is a tier. */
  readonly powerCut?: AfterPowerCut | undefined;
  /** When the tier did not answer. */
  readonly tierFailedMs: readonly number[];
  /** Keys of which a node said that it answered before the tier had them. */
  readonly untold: ReadonlySet<string>;
  readonly reports: readonly LossReport[];
  readonly mismatches: readonly Mismatch[];
  /** Broken invariants that only a look into the nodes shows. */
  readonly seenInside: readonly Violation[];
  readonly defects: readonly {
    readonly atMs: number;
    readonly node: string;
    readonly text: string;
  }[];
}
