import type { Dump } from '../dump.js';
import type { Violation } from './evidence.js';
import { mayBeLost, mayBeSplit } from './excuses.js';
import { isShortLived, mayHaveExpired, mustHaveExpired } from './expiry.js';
import { ownedRecords, rotates, type SessionStory } from './session-story.js';

/** I10: a session in use does not expire, one that is not in use does; I11: only once. */
export function checkExpiry(story: SessionStory): Violation[] {
  if (!isShortLived(story) || story.endAsked.length > 0) return [];
  return [...checkEarly(story), ...checkLate(story), ...checkLeft(story, story.evidence.atRest)];
}

function checkEarly(story: SessionStory): Violation[] {
  const { faults } = story.evidence;
  return story.entries.flatMap((entry) => {
    const { call, result, beginMs, endMs = 0 } = entry;
    if (result?.kind !== 'destroyed' && result?.kind !== 'unknown') return [];
    if (mayHaveExpired(story, endMs) || isRotatedAway(story, call.key)) return [];
    const fromMs = endMs - story.ledger.idleTimeoutMs;
    if (mayBeLost(faults, fromMs) || mayBeSplit(faults, fromMs, endMs)) return [];
    const text = `${call.kind} at ${entry.node} was told ${result.kind} before its time`;
    return [{ rule: 'expired-early', atMs: beginMs, key: call.key, text }];
  });
}

function checkLate(story: SessionStory): Violation[] {
  const { faults } = story.evidence;
  return story.entries.flatMap((entry) => {
    const { call, result, beginMs } = entry;
    if (call.kind !== 'open' || result?.kind !== 'record' || !mustHaveExpired(story, beginMs)) {
      return [];
    }
    if (mayBeSplit(faults, beginMs - story.ledger.idleTimeoutMs, beginMs)) return [];
    const text = `${entry.tab} at ${entry.node} still got it`;
    return [{ rule: 'expired-late', atMs: beginMs, key: call.key, text }];
  });
}

/** An owner whose time is up ends the session although nobody asks for it. */
function checkLeft(story: SessionStory, dump: Dump): Violation[] {
  if (!mustHaveExpired(story, dump.atMs)) return [];
  return ownedRecords(story, dump).map(({ key, node }) => {
    const text = `${node} still owns it`;
    return { rule: 'never-expired', atMs: dump.atMs, key, text };
  });
}

function isRotatedAway(story: SessionStory, key: string): boolean {
  return story.entries.some((entry) => rotates(story, entry, key));
}
