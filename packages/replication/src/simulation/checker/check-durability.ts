import type { CommitId } from '../../core/record/applied-commits.js';
import type { DumpedRecord } from '../dump.js';
import type { HistoryEntry } from '../history.js';
import type { Violation } from './evidence.js';
import { mayBeLost, mayBeSplit } from './excuses.js';
import { isShortLived } from './expiry.js';
import {
  countIn,
  isDurable,
  ownedRecords,
  rotates,
  type SessionStory,
  tokensIn,
} from './session-story.js';

/** Acknowledged changes are there at the end, once; refused ones are not; nothing is invented. */
export function checkDurability(story: SessionStory): Violation[] {
  const owned = ownedRecords(story, story.evidence.atEnd);
  const created = story.entries.filter((entry) => entry.call.kind === 'create' && isDurable(entry));
  if (created.length === 0) return [];
  const violations: Violation[] = [];
  const ended = story.endAsked.length > 0 || isShortLived(story);
  if (owned.length === 0) {
    if (!ended) violations.push(...checkGone(story, created));
    return violations;
  }
  for (const record of owned) violations.push(...checkContent(story, record));
  const live = owned[0];
  if (live && owned.length === 1) violations.push(...checkAcknowledged(story, live));
  return violations;
}

function checkGone(story: SessionStory, created: readonly HistoryEntry[]): Violation[] {
  const { faults } = story.evidence;
  const atMs = created.at(-1)?.endMs ?? 0;
  if (mayBeLost(faults, atMs) || mayBeSplit(faults, atMs, Number.POSITIVE_INFINITY)) return [];
  const { ids } = story.ledger;
  return [{ rule: 'session-lost', atMs, key: ids.at(-1)?.key, text: 'no node has the session' }];
}

function checkContent(story: SessionStory, record: DumpedRecord): Violation[] {
  const { key } = record;
  const tokens = tokensIn(record.document);
  const atMs = story.evidence.atEnd.atMs;
  const violations: Violation[] = [];
  const asked = new Map<string, HistoryEntry>();
  for (const entry of story.entries) if (entry.token) asked.set(entry.token, entry);
  const seen = new Set<string>();
  for (const token of tokens) {
    const entry = asked.get(token);
    if (!entry)
      violations.push({ rule: 'phantom', atMs, key, text: `${token} was never asked for` });
    if (seen.has(token)) violations.push({ rule: 'applied-twice', atMs, key, text: token });
    if (entry?.result && mustNotApply(entry) && !isExcused(story, entry)) {
      const text = `${token} was answered ${entry.result.kind}`;
      violations.push({ rule: 'refused-but-applied', atMs: entry.beginMs, key, text });
    }
    seen.add(token);
  }
  const count = countIn(record.document);
  if (count !== tokens.length) {
    const text = `the counter is ${count} with ${tokens.length} tokens`;
    violations.push({ rule: 'torn', atMs, key, text });
  }
  return violations;
}

function isExcused(story: SessionStory, entry: HistoryEntry): boolean {
  return isRotatedMeanwhile(story, entry) || isOfAnotherSide(story, entry);
}

/** Numbered, then overtaken by a rotation across a login: it is kept, its client is sent away. */
function isRotatedMeanwhile(story: SessionStory, entry: HistoryEntry): boolean {
  const { call, beginMs, endMs = 0, result } = entry;
  if (result?.kind !== 'destroyed') return false;
  return story.entries.some(
    (other) =>
      rotates(story, other, call.key) &&
      other.beginMs <= endMs &&
      (other.endMs ?? Number.POSITIVE_INFINITY) >= beginMs,
  );
}

/** One side numbered it, the other side answered; only a plain refusal promises for both. */
function isOfAnotherSide(story: SessionStory, { beginMs, endMs = 0, result }: HistoryEntry) {
  return result?.kind !== 'refused' && mayBeSplit(story.evidence.faults, beginMs, endMs);
}

function mustNotApply({ result }: HistoryEntry): boolean {
  switch (result?.kind) {
    case 'refused':
    case 'conflict':
    case 'destroyed':
    case 'unknown':
    case 'replayed':
      return true;
    default:
      return false;
  }
}

function checkAcknowledged(story: SessionStory, live: DumpedRecord): Violation[] {
  const { faults } = story.evidence;
  const tokens = new Set(tokensIn(live.document));
  const violations: Violation[] = [];
  for (const entry of story.entries) {
    const { token, endMs = 0, beginMs, call } = entry;
    if (!token || !isDurable(entry) || tokens.has(token)) continue;
    if (call.kind !== 'rotate' && call.kind !== 'commit') continue;
    if (call.kind === 'commit' && call.durability === 'async') continue;
    if (mayBeLost(faults, endMs)) continue;
    const isSplit = mayBeSplit(faults, beginMs, endMs);
    // What was restored from a tier in a partition is not merged with what the other side has yet.
    if (isSplit && story.evidence.powerCut) continue;
    if (isSplit && (isReported(story, entry) || isEnded(story, entry))) continue;
    if (isRotatedApart(story, entry) && isReported(story, entry)) continue;
    const how = isSplit ? ' in a partition' : '';
    const text = `${token} was acknowledged by ${entry.node}${how} and is not there`;
    violations.push({ rule: 'lost', atMs: endMs, key: live.key, text });
  }
  return violations;
}

/**
 * Ended under the id it was made under, or under one that its side gave the session later; on the
 * other side the session had got another one, under which it lives on (sides, seed 34).
 */
function isEnded(story: SessionStory, { call, beginMs }: HistoryEntry): boolean {
  const keys = successorsOf(story, call.key);
  return story.endAsked.some(({ call: end, endMs = Number.POSITIVE_INFINITY }) => {
    return keys.has(end.key) && endMs >= beginMs;
  });
}

/**
 * Both its holders came on one side of a later partition, and on the other, which had an older copy, somebody
 * signed in: nothing of the former id is merged into that, and it is reported (partition, seed 12106).
 */
function isRotatedApart(story: SessionStory, { call, endMs = 0 }: HistoryEntry): boolean {
  const { faults } = story.evidence;
  return story.entries.some(
    (other) =>
      other.call.kind === 'rotate' &&
      other.call.acrossLogin &&
      other.beginMs >= endMs &&
      rotates(story, other, call.key) &&
      mayBeSplit(faults, other.beginMs, other.endMs ?? Number.POSITIVE_INFINITY),
  );
}

/** With the id itself; of several when it was rotated on both sides. */
function successorsOf(story: SessionStory, key: string): ReadonlySet<string> {
  const keys = new Set([key]);
  // Grows while it is walked.
  for (const from of keys) {
    for (const entry of story.entries) {
      if (entry.call.kind === 'rotate' && rotates(story, entry, from)) keys.add(entry.call.to);
    }
  }
  return keys;
}

/** Both sides of a partition are merged; what one of them loses by that, it says. */
function isReported(story: SessionStory, { call }: HistoryEntry): boolean {
  const keys = new Set(story.ledger.ids.map(({ key }) => key));
  return story.evidence.reports.some(({ notice }) => {
    if (notice.kind === 'limit' || !keys.has(notice.key)) return false;
    if (!notice.commit) return notice.path.length <= 2;
    return 'id' in call && isSameCommit(call.id, notice.commit);
  });
}

function isSameCommit(left: CommitId, right: CommitId): boolean {
  return left.origin === right.origin && left.counter === right.counter;
}
