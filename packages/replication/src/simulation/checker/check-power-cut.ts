import type { Dump, DumpedRecord } from '../dump.js';
import type { HistoryEntry } from '../history.js';
import type { Evidence, Violation } from './evidence.js';
import { mayBeSplit } from './excuses.js';
import {
  isAcknowledgedEnd,
  rotates,
  type SessionStory,
  tellStories,
  tokensIn,
} from './session-story.js';

/**
 * After all nodes forgot everything, the tier alone brings back what was alive when all was quiet, as
 * it was, and nothing that was told to have ended.
 */
export function checkPowerCut(evidence: Evidence): Violation[] {
  const { powerCut } = evidence;
  if (!powerCut) return [];
  return tellStories(evidence).flatMap((story) => [
    ...checkEnded(story, powerCut.opened),
    ...checkAlive(story, powerCut.opened),
  ]);
}

function checkEnded(story: SessionStory, opened: ReadonlyMap<string, HistoryEntry>): Violation[] {
  const { faults, untold, atEnd } = story.evidence;
  return story.entries.filter(isAcknowledgedEnd).flatMap((end) => {
    const { key } = end.call;
    const answer = opened.get(key);
    if (answer?.result?.kind !== 'record' || answer.result.view.key !== key) return [];
    // Alive before, too: counted there.
    if (ownersOf(atEnd, key).length > 0) return [];
    // Answered without the tier, as it says, by a node that may not have lived to tell it.
    if (untold.has(key) && faults.length > 0) return [];
    const text = `ended at ${end.endMs?.toFixed(1)}, alive after the power cut`;
    return [{ rule: 'revived-by-tier', atMs: answer.beginMs, key, text }];
  });
}

function checkAlive(story: SessionStory, opened: ReadonlyMap<string, HistoryEntry>): Violation[] {
  const { atEnd } = story.evidence;
  return story.ledger.ids.flatMap(({ key }) => {
    const owners = ownersOf(atEnd, key);
    const [owner] = owners;
    // Two owners are a violation of their own.
    if (!owner || owners.length > 1) return [];
    // Its end was asked for and may have come about where only the tier saw it.
    if (story.entries.some((entry) => mayHaveEnded(story, entry, key))) return [];
    return judge(story, owner, opened.get(key));
  });
}

function mayHaveEnded(story: SessionStory, entry: HistoryEntry, key: string): boolean {
  const { call, result } = entry;
  const isDestroyed = call.kind === 'destroy' && call.key === key;
  return (isDestroyed || rotates(story, entry, key)) && result?.kind !== 'refused';
}

function ownersOf(dump: Dump, key: string): DumpedRecord[] {
  return (dump.records.get(key) ?? []).filter(({ role }) => role === 'owner');
}

function judge(
  { evidence: { faults } }: SessionStory,
  owner: DumpedRecord,
  answer: HistoryEntry | undefined,
): Violation[] {
  const { key } = owner;
  const result = answer?.result;
  const atMs = answer?.beginMs ?? 0;
  if (result?.kind !== 'record') {
    const text = `alive before the power cut, ${result?.kind ?? 'no answer'} after it`;
    return [{ rule: 'lost-by-tier', atMs, key, text }];
  }
  const [before, after] = [tokensIn(owner.document), tokensIn(result.view.document)];
  if (before.join() === after.join()) return [];
  // A side whose last node left wrote it to the tier alone, where the other side does not look for it
  // until it has lost the session itself (sides, seed 1003).
  const hasMore = before.every((token) => after.includes(token));
  if (hasMore && mayBeSplit(faults, 0, atMs)) return [];
  const text = `${before.length} tokens before the power cut, ${after.length} after it`;
  return [{ rule: 'changed-by-tier', atMs, key, text }];
}
