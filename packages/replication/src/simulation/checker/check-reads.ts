import { compareVersions, formatVersion } from '../../core/record/version.js';
import type { HistoryEntry } from '../history.js';
import type { Violation } from './evidence.js';
import { mayBeLost, mayBeSplit } from './excuses.js';
import { mayHaveExpired } from './expiry.js';
import {
  countIn,
  formerIds,
  isDurable,
  rotates,
  type SessionStory,
  tokensIn,
} from './session-story.js';

/** What each client saw, in its order. */
export function checkReads(story: SessionStory): Violation[] {
  return [
    ...checkVersions(story),
    ...checkLosses(story),
    ...checkWhole(story),
    ...checkAnswers(story),
  ];
}

/** An open that says what its client has seen is answered with that or later. */
function checkVersions(story: SessionStory): Violation[] {
  const violations: Violation[] = [];
  const acknowledged: HistoryEntry[] = [];
  for (const entry of story.entries) {
    const { call, result, beginMs } = entry;
    if (isDurable(entry)) acknowledged.push(entry);
    if (call.kind !== 'open' || result?.kind !== 'record') continue;
    const { version, key } = result.view;
    if (call.seen && !result.lost && compareVersions(version, call.seen) < 0) {
      const text = `${entry.tab} at ${entry.node} saw ${version.epoch}.${version.seq} after ${call.seen.epoch}.${call.seen.seq}`;
      violations.push({ rule: 'went-back', atMs: beginMs, key, text });
    }
  }
  return [...violations, ...checkReadYourWrites(story)];
}

/**
 * What only the dead owner and the tier had is merged when the new owner writes there, and may lose
 * against it, key by key: that is told as `superseded`, and the revision is in the record from then on
 * (stumble, seed 49).
 */
function wasSuperseded({ ledger, evidence }: SessionStory, endMs: number): boolean {
  const keys = new Set(ledger.ids.map(({ key }) => key));
  return evidence.reports.some(
    ({ atMs, notice }) =>
      notice.kind === 'superseded' &&
      atMs <= endMs &&
      keys.has(notice.key) &&
      notice.path.length <= 2,
  );
}

/** What a client has seen is there when it shows its revision again, or it is told of the loss. */
function checkLosses(story: SessionStory): Violation[] {
  const { faults } = story.evidence;
  const violations: Violation[] = [];
  const lastSeen = new Map<string, HistoryEntry>();
  for (const entry of story.entries) {
    const { call, result, tab, beginMs, endMs = 0 } = entry;
    if (!result || !('view' in result)) continue;
    const before = lastSeen.get(tab);
    if (result.view.key === call.key) lastSeen.set(tab, entry);
    if (call.kind !== 'open' || !call.seen || result.kind !== 'record' || result.lost) continue;
    const seen = before?.result && 'view' in before.result ? before.result.view : undefined;
    if (!seen || compareVersions(seen.version, call.seen) !== 0) continue;
    const tokens = new Set(tokensIn(result.view.document));
    const missing = tokensIn(seen.document).find((token) => !tokens.has(token));
    if (!missing || mayBeSplit(faults, before?.beginMs ?? 0, endMs)) continue;
    if (wasSuperseded(story, endMs)) continue;
    const text = `${tab} at ${entry.node} saw ${missing} at ${formatVersion(seen.version)} and no more at ${formatVersion(result.view.version)}`;
    violations.push({ rule: 'silent-loss', atMs: beginMs, key: call.key, text });
  }
  return violations;
}

/** A read that began after an acknowledgement shows the change, on whatever node. */
function checkReadYourWrites(story: SessionStory): Violation[] {
  const { faults } = story.evidence;
  const violations: Violation[] = [];
  const writes = story.entries.filter((entry) => entry.token && isDurable(entry));
  for (const entry of story.entries) {
    const { result, beginMs, endMs = 0 } = entry;
    if (entry.call.kind !== 'open' || result?.kind !== 'record') continue;
    if (!isTold(story, result.view.key)) continue;
    const tokens = new Set(tokensIn(result.view.document));
    const missing = writes.find(
      (write) => (write.endMs ?? 0) < beginMs && !tokens.has(write.token ?? ''),
    );
    if (!missing) continue;
    const ackMs = missing.endMs ?? 0;
    if (mayBeLost(faults, ackMs) || mayBeSplit(faults, missing.beginMs, endMs)) continue;
    const text = `${entry.tab} at ${entry.node} read ${result.view.version.epoch}.${result.view.version.seq} without ${missing.token} of ${ackMs.toFixed(1)}`;
    violations.push({ rule: 'stale-read', atMs: beginMs, key: result.view.key, text });
  }
  return violations;
}

/**
 * Whether any answer named this id, to whoever made it or to who came with a former one. A rotation that no
 * backup has confirmed is undone where its node was taken for dead, and its call told that its fate is unknown.
 * The session goes on under the id that its client has; what the tier was told of the other meanwhile is
 * shown to nobody but the last look, which asks for all ids there ever were (stumble, seed 132).
 */
function isTold({ entries }: SessionStory, key: string): boolean {
  return entries.some((entry) => {
    const { call, result } = entry;
    if (!result || !('view' in result) || result.view.key !== key) return false;
    return call.key !== key || keyMadeBy(entry) === key;
  });
}

/** A commit is seen whole: its token and its count. */
function checkWhole(story: SessionStory): Violation[] {
  return story.entries.flatMap((entry) => {
    const { result, beginMs } = entry;
    if (!result || !('view' in result)) return [];
    const { document, key } = result.view;
    const tokens = tokensIn(document);
    const violations: Violation[] = [];
    if (countIn(document) !== tokens.length) {
      const text = `${countIn(document)} counted, ${tokens.length} tokens`;
      violations.push({ rule: 'torn', atMs: beginMs, key, text });
    }
    const system = document.system as { session?: number };
    if (system.session !== story.ledger.index) {
      const text = `session ${story.ledger.index} was shown ${system.session}`;
      violations.push({ rule: 'leak', atMs: beginMs, key, text });
    }
    return violations;
  });
}

/** Nobody is told that a session ended or never was, unless somebody ended it. */
function checkAnswers(story: SessionStory): Violation[] {
  const { faults } = story.evidence;
  const violations: Violation[] = [];
  for (const entry of story.entries) {
    const { call, result, beginMs, endMs = 0 } = entry;
    if (result?.kind !== 'unknown' && result?.kind !== 'destroyed') continue;
    const { key } = call;
    const known = story.entries.find(
      (other) => isDurable(other) && keyMadeBy(other) === key && (other.endMs ?? 0) < beginMs,
    );
    if (!known) continue;
    const endAsked = story.entries.some(
      (other) => endsKey(story, other, key) && other.beginMs <= endMs,
    );
    if (endAsked || mayHaveExpired(story, endMs)) continue;
    if (mayBeLost(faults, known.endMs ?? 0) || mayBeSplit(faults, known.beginMs, endMs)) continue;
    const text = `${call.kind} at ${entry.node} was told ${result.kind}; nobody ended it`;
    violations.push({ rule: `false-${result.kind}`, atMs: beginMs, key, text });
  }
  return violations;
}

function keyMadeBy(entry: HistoryEntry): string | undefined {
  if (entry.call.kind === 'create') return entry.call.key;
  return entry.call.kind === 'rotate' ? entry.call.to : undefined;
}

function endsKey(story: SessionStory, entry: HistoryEntry, key: string): boolean {
  const { call } = entry;
  if (call.kind !== 'destroy') return rotates(story, entry, key);
  return call.key === key || formerIds(story, key).has(call.key);
}
