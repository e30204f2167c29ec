import { TIMINGS } from '../../core/timings.js';
import { DRAIN_DEADLINE_MS, type Fault } from '../faults.js';
import type { HistoryEntry } from '../history.js';
import type { Violation } from './evidence.js';
import { mayBeLost, mayBeSplit, settledMs } from './excuses.js';
import { mayHaveExpired } from './expiry.js';
import { rotates, type SessionStory } from './session-story.js';

interface End {
  readonly key: string;
  readonly atMs: number;
  /** Who answered. */
  readonly node: string;
  readonly how: string;
}

/** After an acknowledged end nobody gets the record again, and in the end nobody has it. */
export function checkFinality(story: SessionStory): Violation[] {
  const ends = story.entries.flatMap(endOf);
  const violations: Violation[] = [];
  for (const end of ends) {
    for (const entry of story.entries) {
      if (isAlive(entry, end) && !isExcused(story, end, entry.endMs ?? 0)) {
        const text = `${entry.call.kind} at ${entry.node} got ${entry.result?.kind}, ${end.how} at ${end.atMs.toFixed(1)}`;
        violations.push({ rule: 'alive-after-end', atMs: entry.beginMs, key: end.key, text });
      }
    }
    const held = story.evidence.atEnd.records.get(end.key) ?? [];
    const isAlone = mayBeForgotten(story, end) || mayBeLost(story.evidence.faults, end.atMs);
    if (held.some(({ role }) => role === 'owner') && !isAlone) {
      const where = held.map(({ node, role }) => `${node} as ${role}`).join(', ');
      const text = `${end.how} at ${end.atMs.toFixed(1)}, still at ${where}`;
      violations.push({ rule: 'revived', atMs: end.atMs, key: end.key, text });
    }
  }
  return violations;
}

/** I12: after a rotation within one login the old id answers for the new one, for a while. */
export function checkAliases(story: SessionStory): Violation[] {
  const { faults } = story.evidence;
  const violations: Violation[] = [];
  for (const { key, from, acrossLogin } of story.ledger.ids) {
    const rotated = story.entries.find(
      ({ call, result }) =>
        call.kind === 'rotate' &&
        call.to === key &&
        result?.kind === 'committed' &&
        result.copies > 0,
    );
    if (acrossLogin || from === undefined || !rotated) continue;
    const { endMs: rotatedMs = 0 } = rotated;
    const isOver = story.entries.some(
      (entry) => entry.call.kind === 'destroy' || rotates(story, entry, key),
    );
    if (isOver) continue;
    for (const { call, result, beginMs, endMs = 0, node } of story.entries) {
      if (call.key !== from || beginMs < rotatedMs) continue;
      if (result?.kind !== 'unknown' && result?.kind !== 'destroyed') continue;
      if (endMs > rotatedMs + TIMINGS.local.aliasMs / 2 || mayHaveExpired(story, endMs)) continue;
      if (mayBeLost(faults, rotatedMs) || mayBeSplit(faults, rotatedMs, endMs)) continue;
      const text = `${call.kind} at ${node} was told ${result.kind}, rotated at ${rotatedMs.toFixed(1)}`;
      violations.push({ rule: 'alias-lost', atMs: beginMs, key: from, text });
    }
  }
  return violations;
}

/** The other side had not heard, or everyone who had was lost before anybody else did. */
function isExcused({ evidence: { faults } }: SessionStory, end: End, untilMs: number): boolean {
  return mayBeSplit(faults, end.atMs, untilMs) || mayBeLost(faults, end.atMs);
}

/** Whoever knew of the end, apart from the others at that time, may be gone since. */
function mayBeForgotten({ evidence: { faults } }: SessionStory, { atMs, node }: End): boolean {
  const isGone = faults.some(
    (fault) =>
      (fault.kind === 'crash' && fault.untilMs >= atMs) ||
      (fault.kind === 'drain' && (settledMs(fault) >= atMs || isLeaving(fault, node, atMs))),
  );
  return isGone && mayBeSplit(faults, atMs, atMs);
}

/**
 * A drain lasts as long as it takes to hand everything over. A node that reaches nobody goes in the end
 * with what it alone has answered; what it has told the tier meets the other side when that writes the
 * session next, and until then the two have not met (sides, seed 243).
 */
function isLeaving(drain: Extract<Fault, { kind: 'drain' }>, node: string, atMs: number): boolean {
  return drain.node === node && drain.atMs <= atMs && atMs <= drain.atMs + DRAIN_DEADLINE_MS;
}

function endOf(entry: HistoryEntry): End[] {
  const { call, result, node, endMs = 0 } = entry;
  if (call.kind === 'destroy' && result?.kind === 'done') {
    return [{ key: call.key, atMs: endMs, node, how: 'destroyed' }];
  }
  if (call.kind === 'rotate' && call.acrossLogin && result?.kind === 'committed') {
    return [{ key: call.key, atMs: endMs, node, how: 'rotated away' }];
  }
  return [];
}

function isAlive(entry: HistoryEntry, end: End): boolean {
  const { call, result, beginMs } = entry;
  if (call.key !== end.key || beginMs <= end.atMs) return false;
  if (result?.kind === 'reserved') return true;
  if (result?.kind !== 'record' && result?.kind !== 'committed') return false;
  return result.view.key === end.key;
}
