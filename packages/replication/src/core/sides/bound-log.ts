import { LIMITS } from '../limits.js';
import { type HybridTime, wallMsOf } from '../record/hybrid-clock.js';
import { type Stamp, withStamps } from '../record/lineage-past.js';
import type { RecordContent } from '../record/record.js';
import type { DeltaBody } from '../record/record-codec.js';
import { applyOperations } from '../values/apply.js';
import { isPlainObject } from '../values/equal.js';
import type { SessionDocument, SessionObject, SessionValue } from '../values/values.js';
import type { ChangeLog } from './change-log.js';
import { forget, forgottenOf } from './forgotten-keys.js';

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
  const left = changes.length > 0 ? baseAfter(log.base, dropped) : { data: {}, system: {} };
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
export function reachAfter(log: ChangeLog, added: readonly Stamp[], own: Stamp): readonly Stamp[] {
  const known = log.forgotten.length === 0 ? [] : log.reach;
  const reach = known && withStamps(known, added, Number.POSITIVE_INFINITY);
  return reach && reach.length <= LIMITS.formerLineages ? reach : [stampOf(own)];
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

function stampOf({ epoch, owner, seq }: Stamp): Stamp {
  return { epoch, owner, seq };
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
export function bytesOf(value: SessionValue): number {
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
