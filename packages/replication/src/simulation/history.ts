import type { CallOutcome, OwnerCall } from '../core/calls/calls.js';
import { compareVersions, type Version } from '../core/record/version.js';

/** What a client asked and what it was told; all that the checker knows of the engine's work. */
export interface HistoryEntry {
  readonly id: number;
  /** Which workload session; -1 for shared limits. */
  readonly session: number;
  /** A sequential client: its calls do not overlap. */
  readonly tab: string;
  readonly node: string;
  /** Filled in when the process reads the request. */
  call: OwnerCall;
  readonly beginMs: number;
  /** Unique; appended to the list and counted by the change this call carries. */
  readonly token?: string | undefined;
  /** The value that an `exact` commit gives to the compare-and-set counter. */
  readonly casValue?: number | undefined;
  endMs?: number | undefined;
  /** Absent when the process died first. */
  result?: CallOutcome | undefined;
}

/** One id of a session. */
export interface SessionId {
  readonly key: string;
  readonly from?: string | undefined;
  readonly acrossLogin: boolean;
}

export interface SessionLedger {
  readonly index: number;
  readonly idleTimeoutMs: number;
  readonly ids: SessionId[];
}

export class History {
  readonly entries: HistoryEntry[] = [];
  readonly sessions: SessionLedger[] = [];
  /** Keys of sessions that the checker looks at in other ways. */
  readonly others: string[] = [];

  newSession(key: string, idleTimeoutMs: number): SessionLedger {
    const index = this.sessions.length;
    const ledger = { index, idleTimeoutMs, ids: [{ key, acrossLogin: false }] };
    this.sessions.push(ledger);
    return ledger;
  }

  begin(entry: Omit<HistoryEntry, 'id'>): HistoryEntry {
    const begun: HistoryEntry = { id: this.entries.length, ...entry };
    this.entries.push(begun);
    return begun;
  }
}

/** The version a result shows, if it shows a record. */
export function versionIn(result: CallOutcome | undefined): Version | undefined {
  return result && 'view' in result ? result.view.version : undefined;
}

/** The later of what a client was shown before and of what it is shown now. */
export function newer(before: Version | undefined, shown: Version): Version {
  return before && compareVersions(before, shown) > 0 ? before : shown;
}
