import type { History, HistoryEntry } from '../history.js';
import { isOneLogin, sidesOf } from '../sides-client.js';
import type { Evidence, Violation } from './evidence.js';
import { mayBeLost } from './excuses.js';

/**
 * What is written on two sides becomes one: the protected area is that of one side, and a value never
 * comes back that somebody has seen and replaced.
 */
export function checkSides(evidence: Evidence): Violation[] {
  return [...checkLogins(evidence), ...checkNotes(evidence)];
}

function checkLogins({ history }: Evidence): Violation[] {
  return history.entries.flatMap(({ call, result, beginMs }) => {
    if (!result || !('view' in result)) return [];
    const sides = sidesOf(result.view.document);
    if (isOneLogin(sides)) return [];
    const text = `${sides.user} is signed in as ${sides.level}`;
    return [{ rule: 'mixed-login', atMs: beginMs, key: call.key, text }];
  });
}

function checkNotes(evidence: Evidence): Violation[] {
  const { history, atEnd, faults } = evidence;
  const seen = new Map<string, HistoryEntry>();
  const violations: Violation[] = [];
  for (const entry of history.entries) {
    const { call, result } = entry;
    if (call.kind === 'open' && result?.kind === 'record') seen.set(entry.tab, entry);
    if (call.kind !== 'commit' || entry.token === undefined || entry.session !== -1) continue;
    const before = seen.get(entry.tab)?.result;
    if (result?.kind !== 'committed' || before?.kind !== 'record') continue;
    const replaced = sidesOf(before.view.document).note;
    const owned = (atEnd.records.get(call.key) ?? []).filter(({ role }) => role === 'owner');
    if (!replaced || mayBeLost(faults, entry.endMs ?? 0)) continue;
    if (wasUnderWay(history, replaced, entry.beginMs)) continue;
    if (!owned.some(({ document }) => sidesOf(document).note === replaced)) continue;
    const text = `${replaced} is there, and was replaced by ${entry.token}`;
    violations.push({ rule: 'replaced-value-back', atMs: entry.beginMs, key: call.key, text });
  }
  return violations;
}

/**
 * Whether the commit of a value was not answered yet: an owner shows it before its copies have it. When
 * that owner loses the record, the commit is made by the next one, in whatever order those that were
 * under way arrive there (sides, seed 115): none was answered before the other began.
 */
function wasUnderWay(history: History, token: string, atMs: number): boolean {
  const entry = history.entries.find((each) => each.token === token);
  return entry !== undefined && (entry.endMs ?? Number.POSITIVE_INFINITY) > atMs;
}
