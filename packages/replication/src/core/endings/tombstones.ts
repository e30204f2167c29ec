import type { BuriedKey } from '../messages.js';
import type { JournalRecord } from '../record/journal.js';
import type { Tombstone } from '../record/record.js';
import { compareVersions } from '../record/version.js';
import { strongerReason } from './end-reasons.js';

/** What is left of a key after it was buried, perhaps again: nothing that was known is forgotten. */
export function mergeTombstone(
  existing: Tombstone | undefined,
  buried: BuriedKey,
  nowMs: number,
): Tombstone {
  const { key, version, alias, replay } = buried;
  const isLater = !existing || compareVersions(version, existing.version) > 0;
  return {
    key,
    version: isLater ? version : existing.version,
    atMs: existing?.atMs ?? nowMs,
    untilMs: Math.max(existing?.untilMs ?? 0, nowMs + buried.remainingMs),
    alias: alias ? { key: alias.key, untilMs: nowMs + alias.remainingMs } : existing?.alias,
    reason: strongerReason(existing?.reason, buried.reason),
    andSuccessors: existing?.andSuccessors || buried.andSuccessors ? true : undefined,
    replay: replay
      ? {
          journalKey: replay.journalKey,
          fingerprint: replay.fingerprint,
          successor: replay.successor,
          untilMs: nowMs + replay.remainingMs,
        }
      : existing?.replay,
  };
}

/** A tombstone as it is told to others. */
export function buriedOf(tombstone: Tombstone, nowMs: number): BuriedKey {
  const { key, version, untilMs, alias, reason, andSuccessors, replay } = tombstone;
  const left = (until: number) => Math.max(0, until - nowMs);
  return {
    key,
    version,
    remainingMs: left(untilMs),
    ...(alias && { alias: { key: alias.key, remainingMs: left(alias.untilMs) } }),
    ...(reason && { reason }),
    ...(andSuccessors && { andSuccessors }),
    ...(replay &&
      nowMs < replay.untilMs && {
        replay: {
          journalKey: replay.journalKey,
          fingerprint: replay.fingerprint,
          successor: replay.successor,
          remainingMs: left(replay.untilMs),
        },
      }),
  };
}

/** The end of an id whose session goes on under another one, when that is to end as well. */
export function burialOfSuccessor(tombstone: Tombstone, nowMs: number): BuriedKey | undefined {
  const { alias, andSuccessors } = tombstone;
  if (!alias || !andSuccessors) return undefined;
  const { version, remainingMs, reason } = buriedOf(tombstone, nowMs);
  return { key: alias.key, version, remainingMs, reason, andSuccessors };
}

/**
 * The id that a login gave to this session, when its answer may not have arrived: the request is
 * the same, to the letter, and comes soon.
 */
export function lostLogin(
  { replay }: Tombstone,
  journal: Pick<JournalRecord, 'key' | 'fingerprint'> | undefined,
  nowMs: number,
): string | undefined {
  if (!replay || !journal || nowMs >= replay.untilMs) return undefined;
  const isSame = replay.journalKey === journal.key && replay.fingerprint === journal.fingerprint;
  return isSame ? replay.successor : undefined;
}
