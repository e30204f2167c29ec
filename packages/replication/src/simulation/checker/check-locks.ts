import { compareLockTokens, type LockToken } from '../../core/owner/lock-calls.js';
import type { HistoryEntry } from '../history.js';
import type { Evidence, Violation } from './evidence.js';
import { mayBeLost, mayBeSplit } from './excuses.js';

/**
 * Whoever writes under a lock does so in the order of their tokens: once a later holder has written,
 * an earlier one cannot. And two holders never have the same token.
 */
export function checkLocks(evidence: Evidence): Violation[] {
  return [...checkOrder(evidence), ...checkTokens(evidence)];
}

function checkOrder(evidence: Evidence): Violation[] {
  const violations: Violation[] = [];
  for (const { call, result, beginMs, endMs = 0 } of evidence.history.entries) {
    if (result?.kind !== 'record' && result?.kind !== 'committed') continue;
    const { writers } = result.view.document.data as { writers?: readonly string[] };
    const tokens = writers?.map(readToken) ?? [];
    const late = tokens.findIndex(
      (token, index) => index > 0 && compareLockTokens(token, tokens[index - 1] as LockToken) < 0,
    );
    // Where two sides are merged, both have written.
    if (late === -1 || mayBeSplit(evidence.faults, 0, endMs)) continue;
    const [token, before] = [tokens[late], tokens[late - 1]] as [LockToken, LockToken];
    if (isOfStopped(evidence, token, before, endMs)) continue;
    const text = `${writers?.[late]} wrote after ${writers?.[late - 1]}`;
    violations.push({ rule: 'lock-order', atMs: beginMs, key: call.key, text });
  }
  return violations;
}

/**
 * A change was numbered under a lock and its owner was stopped, or died while the holder that had it was
 * stopped: nobody else has it, until whoever was stopped comes back. What was made while the token was good
 * is then merged like a side of its own, after what the next holder wrote meanwhile (pause, seed 8015). Not
 * where it had been acknowledged before, nor at a holder that was stopped (stumble, seeds 12048, 12050)
 * where it ever was, but for what both holders were lost with (stumble, seed 448).
 */
function isOfStopped(
  { history, faults }: Evidence,
  token: LockToken,
  next: LockToken,
  endMs: number,
): boolean {
  const isUnder = (held: LockToken) => {
    return ({ call }: HistoryEntry) =>
      call.kind === 'commit' && call.lock && compareLockTokens(call.lock.token, held) === 0;
  };
  const nextMs = history.entries.find(isUnder(next))?.beginMs ?? endMs;
  const acknowledgedMs = history.entries
    .filter(isUnder(token))
    .flatMap((entry) => (entry.result?.kind === 'committed' ? [entry.endMs ?? endMs] : []))
    .filter((atMs) => !mayBeLost(faults, atMs));
  const [owner = ''] = token.owner.split('~');
  const stopped = faults.flatMap(({ kind, ...fault }) =>
    kind === 'pause' && 'node' in fault && fault.atMs <= endMs ? [fault.node] : [],
  );
  if (stopped.includes(owner)) return acknowledgedMs.every((atMs) => atMs >= nextMs);
  return stopped.length > 0 && acknowledgedMs.length === 0;
}

function checkTokens(evidence: Evidence): Violation[] {
  const holders = new Map<string, string>();
  const violations: Violation[] = [];
  for (const { call, result, beginMs } of evidence.history.entries) {
    if (call.kind !== 'lock' || result?.kind !== 'locked') continue;
    const { epoch, owner, counter } = result.token;
    const token = `${call.key} ${call.name} ${epoch} ${owner} ${counter}`;
    const holder = `${call.id.origin}/${call.id.counter}`;
    const other = holders.get(token);
    holders.set(token, holder);
    if (other === undefined || other === holder) continue;
    const text = `${epoch}.${counter} of ${owner} is held by ${other} and ${holder}`;
    violations.push({ rule: 'lock-twice', atMs: beginMs, key: call.key, text });
  }
  return violations;
}

function readToken(text: string): LockToken {
  const [epoch = '', owner = '', counter = ''] = text.split(' ');
  return { epoch: Number(epoch), owner, counter: Number(counter) };
}
