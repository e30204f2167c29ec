import { applyOperations, valueAt } from './apply.js';
import { isPlainObject } from './equal.js';
import { leastAcked } from './holder-health.js';
import { type HybridTime, wallMsOf } from './hybrid-clock.js';
import { LIMITS } from './limits.js';
import { type LineagePast, type MergedLineage, type Stamp, withStamps } from './lineage-past.js';
import type { Lineage, OwnedRecord, RecordContent } from './record.js';
import type { DeltaBody } from './record-codec.js';
import type { SessionDocument, SessionObject, SessionValue } from './values.js';

/** A numbered change as it was encoded for the copies. */
export interface LoggedChange extends Stamp {
  readonly at: HybridTime;
  readonly body: Uint8Array;
}

/** A key of the session (`data.cart`) whose changes are no longer known one by one, and the latest. */
export type ForgottenKey = readonly [area: string, key: string, at: HybridTime];

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
  if (record.backups.size === 0 && record.storedSeq === Number.POSITIVE_INFINITY) return;
  const change: UnsharedChange = { seq, at, before, body };
  // Pushing to an empty list would reserve room for sixteen, in every record.
  if (record.unshared.length === 0) record.unshared = [change];
  else record.unshared.push(change);
  const most = record.backups.size > 0 ? LIMITS.unsharedChanges : LIMITS.unstoredChanges;
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
  const isPresent = (stamp: Stamp) =>
    stamp.epoch === present.epoch && stamp.owner === present.owner;
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

/**
 * What is beyond the bounds of a log becomes one time per key; `read` decodes a change. `own` is the
 * last change of the record.
 */
export function boundLog(
  content: RecordContent,
  own: Stamp,
  at: HybridTime,
  read: (body: Uint8Array) => DeltaBody,
): RecordContent {
  const log = content.past?.log;
  if (!content.past || !log) return content;
  const isOver = wallMsOf(at) - wallMsOf(log.openedAt) > LIMITS.changeLogMs;
  const count = isOver ? log.changes.length : countBeyond(log);
  if (count === 0) return content;
  const dropped = log.changes.slice(0, count).map(({ at, body }) => ({ at, delta: read(body) }));
  const forgotten = forget(
    log.forgotten,
    dropped.flatMap(({ at, delta }) => forgottenOf(at, delta)),
  );
  const changes = log.changes.slice(count);
  const left = changes.length > 0 ? baseAfter(log.base, dropped) : EMPTY;
  const baseBytes = bytesOf(left.data) + bytesOf(left.system);
  const reach = reachAfter(log, log.changes.slice(0, count), own);
  const bounded = { ...log, base: left, baseBytes, changes, forgotten, reach };
  return { ...content, past: { ...content.past, log: bounded } };
}

/**
 * What whoever has it has all that is forgotten now (the failure prevented: a log that was opened for a
 * holder lost long ago forgets what both sides have had since before they went apart, and the key is
 * taken whole from one of them, which loses the changes of the other). Who has the last change of the
 * record has everything.
 */
function reachAfter(log: ChangeLog, added: readonly Stamp[], own: Stamp): readonly Stamp[] {
  const known = log.forgotten.length === 0 ? [] : log.reach;
  const reach = known && withStamps(known, added, Number.POSITIVE_INFINITY);
  return reach && reach.length <= LIMITS.formerLineages ? reach : [stampOf(own)];
}

function stampOf({ epoch, owner, seq }: Stamp): Stamp {
  return { epoch, owner, seq };
}

/** How many of the oldest changes are too many, too large, or made on a base that is too large. */
function countBeyond({ changes, baseBytes }: ChangeLog): number {
  if (baseBytes > LIMITS.changeLogBytes) return changes.length;
  let bytes = changes.reduce((sum, { body }) => sum + body.length, baseBytes);
  let count = 0;
  while (changes.length - count > LIMITS.changeLog || bytes > LIMITS.changeLogBytes) {
    const oldest = changes[count];
    if (!oldest) break;
    bytes -= oldest.body.length;
    count++;
  }
  return count;
}

/** Whether the changes of a key are not known one by one. */
export function isForgotten(
  forgotten: readonly ForgottenKey[],
  area: string,
  key: string,
): boolean {
  return forgotten.some((each) => each[0] === area && (each[1] === key || each[1] === EVERY_KEY));
}

/** Stands for all keys of an area when there are too many to name. */
export const EVERY_KEY = '';

function forgottenOf(at: HybridTime, { operations }: DeltaBody): ForgottenKey[] {
  return operations.map(({ path }) => [String(path[0]), String(path[1]), at]);
}

/** The past after a merge: what it contains now. The changes are logged like any other. */
export function pastWith(past: LineagePast | undefined, merged: MergedLineage): LineagePast {
  return { ...past, contains: withMergedStamps(past, merged) };
}

function withMergedStamps(past: LineagePast | undefined, merged: MergedLineage): readonly Stamp[] {
  return withStamps(past?.contains ?? [], merged.contains);
}

function forget(
  known: readonly ForgottenKey[],
  added: readonly ForgottenKey[],
): readonly ForgottenKey[] {
  const latest = new Map<string, ForgottenKey>();
  for (const each of [...known, ...added]) {
    const name = `${each[0]}.${each[1]}`;
    const before = latest.get(name);
    if (!before || before[2] < each[2]) latest.set(name, each);
  }
  const result = [...latest.values()];
  if (result.length <= LIMITS.changeLogKeys) return result;
  return (['data', 'system'] as const).flatMap((area): ForgottenKey[] => {
    const times = result.filter((each) => each[0] === area).map((each) => each[2]);
    return times.length > 0 ? [[area, EVERY_KEY, Math.max(...times)]] : [];
  });
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

/** The values of the changed keys after those changes. */
function baseAfter(
  base: SessionDocument,
  changes: readonly { readonly delta: DeltaBody }[],
): SessionDocument {
  const present = (values: SessionObject): SessionObject =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  let after: SessionDocument = { data: present(base.data), system: present(base.system) };
  for (const { delta } of changes) after = applyOperations(after, delta.operations);
  const kept = (area: 'data' | 'system'): SessionObject =>
    Object.fromEntries(Object.keys(base[area]).map((key) => [key, after[area][key]]));
  return { data: kept('data'), system: kept('system') };
}

/** About the size of an encoded value, looked at only as far as it matters. */
function bytesOf(value: SessionValue): number {
  let bytes = 0;
  const rest: SessionValue[] = [value];
  while (rest.length > 0 && bytes <= LIMITS.changeLogBytes) {
    const next = rest.pop();
    bytes += 4;
    if (typeof next === 'string') bytes += next.length;
    else if (next instanceof Uint8Array) bytes += next.length;
    else if (Array.isArray(next) || next instanceof Set) rest.push(...next);
    else if (next instanceof Map) rest.push(...next.keys(), ...next.values());
    else if (isPlainObject(next)) rest.push(...Object.keys(next), ...Object.values(next));
  }
  return bytes;
}
