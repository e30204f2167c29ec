import type { HistoryEntry } from '../history.js';
import type { Evidence, Violation } from './evidence.js';
import { leaptMs, mayBeLost, mayBeSplit, wasDisturbed } from './excuses.js';

/** A call ends by its deadline; a pause of its node is added. */
const CALL_MS = 5300;

/** Calls as such: none hangs, none is refused for no reason, limits are kept, nothing throws. */
export function checkCalls(evidence: Evidence): Violation[] {
  return [
    ...evidence.defects.map(({ atMs, node, text }) => ({
      rule: 'defect',
      atMs,
      text: `${node} ${text}`,
    })),
    ...evidence.history.entries.flatMap((entry) => checkEnd(evidence, entry)),
    ...checkRates(evidence),
  ];
}

function checkEnd(evidence: Evidence, entry: HistoryEntry): Violation[] {
  const { call, result, beginMs, endMs = 0, node } = entry;
  const { key } = call;
  if (!result) return [];
  const text = `${call.kind} at ${node} took ${(endMs - beginMs).toFixed(0)} ms and got ${result.kind}`;
  const disturbed = wasDisturbed(evidence.faults, beginMs, endMs);
  if (endMs - beginMs > CALL_MS && !disturbed) return [{ rule: 'slow', atMs: beginMs, key, text }];
  const failed = result.kind === 'refused' || result.kind === 'fate-unknown';
  const tierFailed = evidence.tierFailedMs.some((atMs) => atMs >= beginMs && atMs <= endMs);
  if (failed && !disturbed && !tierFailed)
    return [{ rule: 'failed-in-calm', atMs: beginMs, key, text }];
  return [];
}

/** A shared limit is never exceeded in any span, whatever died meanwhile. */
function checkRates(evidence: Evidence): Violation[] {
  const byKey = new Map<string, HistoryEntry[]>();
  for (const entry of evidence.history.entries) {
    const { call, result } = entry;
    if (call.kind !== 'consume' || call.scope !== 'shared') continue;
    if (result?.kind !== 'rate' || !result.allowed) continue;
    const list = byKey.get(call.key);
    if (list) list.push(entry);
    else byKey.set(call.key, [entry]);
  }
  return [...byKey].flatMap(([key, allowed]) => checkRate(evidence, key, allowed));
}

function checkRate(evidence: Evidence, key: string, allowed: HistoryEntry[]): Violation[] {
  for (const first of allowed) {
    if (first.call.kind !== 'consume') continue;
    const { burst, intervalMs } = first.call;
    for (const last of allowed) {
      const untilMs = last.endMs ?? 0;
      if (last.beginMs < first.beginMs) continue;
      const inSpan = allowed.filter((e) => e.beginMs >= first.beginMs && (e.endMs ?? 0) <= untilMs);
      const spanMs = (untilMs - first.beginMs) * 1.05 + leaptMs(evidence.faults);
      const most = burst + spanMs / intervalMs + 1;
      if (inSpan.length <= most) continue;
      const { faults } = evidence;
      if (mayBeLost(faults, first.beginMs) || mayBeSplit(faults, first.beginMs, untilMs)) continue;
      const text = `${inSpan.length} allowed in ${(untilMs - first.beginMs).toFixed(0)} ms, at most ${most.toFixed(1)}`;
      return [{ rule: 'limit-exceeded', atMs: first.beginMs, key, text }];
    }
  }
  return [];
}
