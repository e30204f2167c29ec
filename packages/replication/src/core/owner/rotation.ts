import type { OwnerCall } from '../calls/calls.js';
import type { CoreContext } from '../context.js';
import type { BackupKeeper } from '../copies/backup-keeper.js';
import { endVersion } from '../endings/end-version.js';
import { LIMITS, MIN_TOMBSTONE_MS } from '../limits.js';
import type { BuriedKey } from '../messages.js';
import type { Standing } from '../principals/standing.js';
import { rememberApplied } from '../record/applied-commits.js';
import { advanceContent } from '../record/content.js';
import { nothingStored } from '../record/owned-record.js';
import { NOBODY_WAITS, type OwnedRecord } from '../record/record.js';
import { operationsOnto } from './merge.js';

type Rotate = Extract<OwnerCall, { kind: 'rotate' }>;

/**
 * Gives a session a new id: the successor appears and the predecessor is buried in one entry, so a
 * backup never has half of a rotation. The other nodes are told of the burial only when a backup
 * has the successor (the failure prevented: the owner dies in between, and the session is buried
 * everywhere while its successor is nowhere). Across a login the old id is dead on every node that
 * is not suspected, and in the tier, before `done`; otherwise it answers through an alias for a
 * short while.
 */
export function rotateRecord(
  context: CoreContext,
  keeper: BackupKeeper,
  record: OwnedRecord,
  call: Rotate,
  done: (successor: OwnedRecord | undefined, final: boolean) => void,
): void {
  const successor = makeSuccessor(context, record, call);
  const buried = burialOf(context, record, call);
  if (!call.acrossLogin) context.owner.locks.move(record, successor);
  // Left of a run of this call that was undone; nobody was told of it, and nobody has the new id.
  context.setRecord(call.to, undefined);
  context.setRecord(call.to, successor);
  context.tiering.takeAlong(record.key, successor);
  context.bury(buried);
  keeper.register(successor, record.backups.keys());
  keeper.replicate(successor, {
    kind: 'rotate',
    key: call.to,
    copy: keeper.copyOf(successor),
    buried,
  });
  context.notice({ kind: 'ended', key: record.key, reason: 'rotated' });
  keeper.place(successor);
  takeAlong(keeper, record, successor);
  // One that keeps the principal, and whose caller waits for no copy, is answered at once.
  const undoneAs = call.acrossLogin || call.durability !== 'async' ? record : undefined;
  context.owner.rotations.begin(buried, successor, undoneAs, (final) => {
    if (!call.acrossLogin) return;
    // It may have been led elsewhere meanwhile, or by this node under another epoch.
    const isLed = context.records.get(call.to) === successor;
    done(isLed ? successor : undefined, final);
  });
  if (!call.acrossLogin) done(successor, true);
}

/**
 * Changes whose copies are waited for are in the successor: whoever made them is answered when it is
 * held (the failure prevented: a tab that writes while another signs in hears that it wrote nothing).
 */
function takeAlong(keeper: BackupKeeper, record: OwnedRecord, successor: OwnedRecord): void {
  const { waiters } = record;
  record.waiters = NOBODY_WAITS;
  for (const waiter of waiters) {
    waiter.takenTo?.(successor);
    keeper.wait(successor, waiter);
  }
}

function makeSuccessor(context: CoreContext, record: OwnedRecord, call: Rotate): OwnedRecord {
  const { nowMs } = context;
  const { past } = record.content;
  const content = advanceContent(
    record.content,
    {
      operations: operationsOnto(record, call.base, call.operations),
      id: call.id,
      // A repeated login keeps what was answered the first time.
      journal: call.again ? undefined : call.journal,
      idleTimeoutMs: call.idleTimeoutMs,
      sinceLast: context.clock.next(nowMs) - (record.content.changedAt ?? 0),
    },
    nowMs,
  );
  const absoluteDeadlineMs =
    call.absoluteTimeoutMs === undefined
      ? record.absoluteDeadlineMs
      : nowMs + call.absoluteTimeoutMs;
  const idleDeadlineMs = Math.min(nowMs + content.idleTimeoutMs, absoluteDeadlineMs);
  const undone = context.records.get(call.to);
  const epoch = undone ? Math.max(record.epoch, undone.epoch + 1) : record.epoch;
  return {
    ...record,
    key: call.to,
    epoch,
    seq: record.seq + 1,
    content: {
      ...content,
      applied: rememberApplied(content.applied, call.id),
      standing: standingAfter(record, call),
      // No other side can have gone on from a key that was not there, so no log. But a client that saw
      // more than was left of a former lineage is to hear that under the new id, too (stumble, seed 132).
      past: past && { contains: past.contains },
    },
    unshared: [],
    storedSeq: nothingStored(context, content),
    isLogUntold: false,
    idleDeadlineMs,
    absoluteDeadlineMs,
    replicatedIdleDeadlineMs: idleDeadlineMs,
    backups: new Map(),
    history: [
      ...record.history.slice(1 - LIMITS.documentHistory),
      { epoch, seq: record.seq + 1, document: content.document },
    ],
    waiters: NOBODY_WAITS,
    answeredSeq: record.seq + 1,
    reservations: new Map(record.reservations),
    verifiedMs: nowMs,
    usedMs: nowMs,
  };
}

function burialOf(context: CoreContext, record: OwnedRecord, call: Rotate): BuriedKey {
  return {
    key: record.key,
    version: endVersion(record, context.self),
    remainingMs: Math.max(MIN_TOMBSTONE_MS, record.absoluteDeadlineMs - context.nowMs),
    reason: 'rotated',
    ...aliasAfter(context, record, call),
    ...(call.acrossLogin &&
      call.journal && {
        replay: {
          journalKey: call.journal.key,
          fingerprint: call.journal.fingerprint,
          successor: call.to,
          remainingMs: LIMITS.loginReplayMs,
        },
      }),
  };
}

/** A login says on whose list the session is from now on; any other new id changes nothing. */
function standingAfter({ content }: OwnedRecord, call: Rotate): Standing | undefined {
  return call.acrossLogin && !call.again ? call.standing : content.standing;
}

/**
 * Under which id the session goes on, for as long as the old one may answer for it. Where it stays in
 * its place on a principal's list that is told as well, though the old id answers no more: whoever
 * ends the session by that place must find it.
 */
function aliasAfter(context: CoreContext, record: OwnedRecord, call: Rotate): Partial<BuriedKey> {
  if (!call.acrossLogin) {
    return { alias: { key: call.to, remainingMs: context.settings.timings.aliasMs } };
  }
  const before = record.content.standing;
  const after = standingAfter(record, call);
  const isSamePlace =
    before !== undefined && before.principal === after?.principal && before.handle === after.handle;
  return isSamePlace ? { alias: { key: call.to, remainingMs: 0 } } : {};
}
