import { leastAcked } from '../copies/holder-health.js';
import { LIMITS } from '../limits.js';
import type { HybridTime } from '../record/hybrid-clock.js';
import {
  type LineagePast,
  type MergedLineage,
  type Stamp,
  withStamps,
} from '../record/lineage-past.js';
import {
  compareLineages,
  type Lineage,
  type OwnedRecord,
  type RecordContent,
} from '../record/record.js';
import type { DeltaBody } from '../record/record-codec.js';
import { valueAt } from '../values/apply.js';
import type { SessionDocument } from '../values/values.js';
import { bytesOf, reachAfter } from './bound-log.js';
import { type ForgottenKey, forget } from './forgotten-keys.js';

/** A numbered change as it was encoded for the copies. */
export interface LoggedChange extends Stamp {
  readonly at: HybridTime;
  readonly body: Uint8Array;
}

/**
 * The changes since the last version that another side may have gone on from. Empty of cost for a
 * record whose copies are well: it is opened when a holder is lost or a takeover leaves its former
 * owner behind, is bounded in changes, bytes and time, and closes into one time per key of the session.
 */
export interface ChangeLog {
  /** Everything after this is in `changes`, but for what is `forgotten`. */
  readonly floor: Stamp;
  /** When a side was last lost. */
  readonly openedAt: HybridTime;
  /** The values that the changed keys had at the floor; shared with the document. */
  readonly base: SessionDocument;
  /** About as much as the base takes when encoded. */
  readonly baseBytes: number;
  readonly changes: readonly LoggedChange[];
  readonly forgotten: readonly ForgottenKey[];
  /** The last of what is `forgotten`, by lineage: for a side that has these nothing is. */
  readonly reach?: readonly Stamp[] | undefined;
}

const EMPTY: SessionDocument = { data: {}, system: {} };
const NOTHING = { base: EMPTY, baseBytes: 0, changes: [], forgotten: [] } as const;

/** Opens the log at a version that another side has, or keeps the one that reaches back further. */
export function openLog(content: RecordContent, floor: Stamp, at: HybridTime): RecordContent {
  const contains = content.past?.contains ?? [];
  const log = content.past?.log;
  const opened = log ? { ...log, openedAt: at } : { ...NOTHING, floor, openedAt: at };
  return { ...content, past: { contains, log: opened } };
}

/** A change that some holder has not acknowledged yet, and the document it was made on. */
export interface UnsharedChange {
  readonly seq: number;
  readonly at: HybridTime;
  readonly before: SessionDocument;
  readonly body: DeltaBody;
}

/** Notes a change at its owner: in the log when one is open, else until every holder has it. */
export function noteChange(
  record: OwnedRecord,
  self: string,
  before: SessionDocument,
  body: DeltaBody,
  encoded: Uint8Array,
): void {
  const { epoch, seq } = record;
  const at = record.content.changedAt ?? 0;
  if (record.content.past?.log) {
    const change = { epoch, owner: self, seq, at, body: encoded };
    record.content = logChange(record.content, before, body, change);
  }
  // Without a holder or a tier nobody has anything to go on from.
  const isHeld = record.backups.size > 0 || record.leaving !== undefined;
  if (!isHeld && record.storedSeq === Number.POSITIVE_INFINITY) return;
  const change: UnsharedChange = { seq, at, before, body };
  // Pushing to an empty list would reserve room for sixteen, in every record.
  if (record.unshared.length === 0) record.unshared = [change];
  else record.unshared.push(change);
  const most = isHeld ? LIMITS.unsharedChanges : LIMITS.unstoredChanges;
  if (record.unshared.length > most) record.unshared.shift();
}

/** Forgets what every holder has acknowledged, and the tier. */
export function forgetShared(record: OwnedRecord): void {
  const { unshared } = record;
  if (unshared.length === 0) return;
  const held = leastAcked(record);
  const shared = Math.min(held, record.storedSeq);
  let count = 0;
  let unstored = 0;
  for (const { seq } of unshared) {
    if (seq <= shared) count++;
    else if (seq <= held) unstored++;
  }
  count += Math.max(0, unstored - LIMITS.unstoredChanges);
  if (count > 0) record.unshared = count === unshared.length ? [] : unshared.slice(count);
}

/**
 * A holder of this record is out of sight with what it had acknowledged: it may go on from there on
 * another side, so what it lacks and all that follows is kept.
 */
export function openLogBehind(
  record: OwnedRecord,
  self: string,
  ackedSeq: number,
  at: HybridTime,
  encode: (body: DeltaBody) => Uint8Array,
): void {
  const { epoch } = record;
  const lacked = record.unshared.filter(({ seq }) => seq > ackedSeq);
  const seq = (lacked[0]?.seq ?? record.seq + 1) - 1;
  // Who has nothing of this lineage goes on from the one before (the failure prevented: no side of a
  // partition has the floor of the other, and whole keys are taken where changes could be merged).
  const former = seq === 0 && ackedSeq < 0 ? record.adoptedFrom : undefined;
  const floor = former ?? { epoch, owner: self, seq };
  const known = record.content.past?.log;
  if (known && !beginsAfter(known, { epoch, owner: self }, floor)) {
    record.content = openLog(record.content, floor, at);
    return;
  }
  record.isLogUntold = record.backups.size > 0;
  const contains = record.content.past?.contains ?? [];
  const log = { ...NOTHING, floor, openedAt: at };
  let content: RecordContent = { ...record.content, past: { contains, log } };
  for (const { seq, at: madeAt, before, body } of lacked) {
    if (known && seq > known.floor.seq) break;
    const change = { epoch, owner: self, seq, at: madeAt, body: encode(body) };
    content = logChange(content, before, body, change);
  }
  record.content = known ? withLater(content, known) : content;
}

/**
 * Whether a log leaves out changes that came after `floor` (the failure prevented: of two holders that are
 * lost the first has more than the second, whose side then lacks a change that no log has; simulation
 * profile sides, seed 7005). What is of a former lineage is before everything of the present one.
 */
function beginsAfter(log: ChangeLog, present: Lineage, floor: Stamp): boolean {
  const isPresent = (stamp: Stamp) => compareLineages(stamp, present) === 0;
  if (!isPresent(log.floor)) return false;
  return !isPresent(floor) || floor.seq < log.floor.seq;
}

/** A log that reaches further back, and what was known already. */
function withLater(content: RecordContent, later: ChangeLog): RecordContent {
  const { past } = content;
  if (!past?.log) return content;
  const { base, baseBytes, changes } = past.log;
  const log: ChangeLog = {
    ...past.log,
    base: {
      data: { ...later.base.data, ...base.data },
      system: { ...later.base.system, ...base.system },
    },
    baseBytes: baseBytes + later.baseBytes,
    changes: [...changes, ...later.changes],
    forgotten: later.forgotten,
    reach: later.reach,
  };
  return { ...content, past: { ...past, log } };
}

/** Adds a numbered change to an open log. */
export function logChange(
  content: RecordContent,
  before: SessionDocument,
  body: DeltaBody,
  change: LoggedChange,
): RecordContent {
  const log = content.past?.log;
  if (!content.past || !log) return content;
  const { base, baseBytes } = withBase(log, before, body);
  // A merge is logged as the changes that it brought, so that they are told apart for ever.
  const changes = body.merged ? [...log.changes, ...body.merged.changes] : [...log.changes, change];
  const added = body.merged?.forgotten ?? [];
  const forgotten = added.length > 0 ? forget(log.forgotten, added) : log.forgotten;
  // What was merged is in the record from this change on.
  const reach = added.length > 0 ? reachAfter(log, [change], change) : log.reach;
  const grown = { ...log, base, baseBytes, changes, forgotten, reach };
  return { ...content, past: { ...content.past, log: grown } };
}

/** The past after a merge: what it contains now. The changes are logged like any other. */
export function pastWith(past: LineagePast | undefined, merged: MergedLineage): LineagePast {
  return { ...past, contains: withMergedStamps(past, merged) };
}

function withMergedStamps(past: LineagePast | undefined, merged: MergedLineage): readonly Stamp[] {
  return withStamps(past?.contains ?? [], merged.contains);
}

function withBase(
  { base, baseBytes }: ChangeLog,
  before: SessionDocument,
  { operations }: DeltaBody,
): Pick<ChangeLog, 'base' | 'baseBytes'> {
  let result = base;
  let bytes = baseBytes;
  for (const { path } of operations) {
    const area = path[0] === 'system' ? 'system' : 'data';
    const key = String(path[1]);
    if (Object.hasOwn(result[area], key)) continue;
    const value = valueAt(before, [area, key]);
    // A key that was absent at the floor is remembered as such, or its present value would pass for it.
    result = { ...result, [area]: { ...result[area], [key]: value } };
    bytes += key.length + bytesOf(value);
  }
  return { base: result, baseBytes: bytes };
}
