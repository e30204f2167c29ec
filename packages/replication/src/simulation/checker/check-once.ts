import type { HistoryEntry } from '../history.js';
import type { Violation } from './evidence.js';
import { mayBeLost, mayBeSplit } from './excuses.js';
import { isDurable, ownedRecords, type SessionStory, tokensIn } from './session-story.js';

/** Repeated keyed requests take effect once; exact commits never overwrite each other. */
export function checkOnce(story: SessionStory): Violation[] {
  return [...checkJournal(story), ...checkExact(story)];
}

function checkJournal(story: SessionStory): Violation[] {
  const attempts = new Map<string, HistoryEntry[]>();
  for (const entry of story.entries) {
    const journalKey = entry.call.kind === 'commit' ? entry.call.journal?.key : undefined;
    if (!journalKey) continue;
    const list = attempts.get(journalKey);
    if (list) list.push(entry);
    else attempts.set(journalKey, [entry]);
  }
  const violations: Violation[] = [];
  const finals = ownedRecords(story, story.evidence.atEnd);
  for (const [journalKey, entries] of attempts) {
    for (const record of finals) {
      const tokens = new Set(tokensIn(record.document));
      const applied = entries.filter(({ token }) => token && tokens.has(token));
      if (applied.length > 1) {
        const text = `${journalKey} took effect ${applied.length} times`;
        violations.push({
          rule: 'journal-twice',
          atMs: applied[0]?.beginMs ?? 0,
          key: record.key,
          text,
        });
      }
    }
    violations.push(...checkOutcomes(story, journalKey, entries));
  }
  return violations;
}

/** All answers to one key tell of the same attempt. */
function checkOutcomes(
  story: SessionStory,
  journalKey: string,
  attempts: readonly HistoryEntry[],
): Violation[] {
  const { faults } = story.evidence;
  const told: { readonly token: string; readonly entry: HistoryEntry }[] = [];
  for (const entry of story.entries) {
    const { call, result } = entry;
    if (result?.kind === 'replayed' && result.entry.key === journalKey) {
      told.push({ token: new TextDecoder().decode(result.entry.outcome), entry });
    } else if (call.kind === 'commit' && attempts.includes(entry) && isDurable(entry)) {
      told.push({ token: entry.token ?? '', entry });
    }
  }
  const [first] = told;
  const other = told.find(({ token }) => token !== first?.token);
  if (!first || !other) return [];
  const fromMs = Math.min(first.entry.beginMs, other.entry.beginMs);
  const untilMs = Math.max(first.entry.endMs ?? 0, other.entry.endMs ?? 0);
  if (mayBeLost(faults, fromMs) || mayBeSplit(faults, fromMs, untilMs)) return [];
  const text = `${journalKey} was answered with ${first.token} and with ${other.token}`;
  return [{ rule: 'journal-differs', atMs: untilMs, key: first.entry.call.key, text }];
}

function checkExact(story: SessionStory): Violation[] {
  const { faults } = story.evidence;
  const byValue = new Map<number, HistoryEntry>();
  const violations: Violation[] = [];
  for (const entry of story.entries) {
    if (entry.casValue === undefined || !isDurable(entry)) continue;
    const other = byValue.get(entry.casValue);
    byValue.set(entry.casValue, entry);
    if (!other) continue;
    const fromMs = Math.min(other.beginMs, entry.beginMs);
    const untilMs = Math.max(other.endMs ?? 0, entry.endMs ?? 0);
    if (mayBeLost(faults, fromMs) || mayBeSplit(faults, fromMs, untilMs)) continue;
    const text = `${other.token} and ${entry.token} both moved the counter to ${entry.casValue}`;
    violations.push({ rule: 'exact-lost', atMs: untilMs, key: entry.call.key, text });
  }
  return violations;
}
