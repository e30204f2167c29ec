import type { Dump, DumpedRecord } from '../dump.js';
import type { HistoryEntry, SessionLedger } from '../history.js';
import type { Evidence } from './evidence.js';

/** One session through all its ids, with everything that was asked of it. */
export interface SessionStory {
  readonly ledger: SessionLedger;
  readonly entries: readonly HistoryEntry[];
  /** Whoever asked for its end, by a call that may have taken effect. */
  readonly endAsked: readonly HistoryEntry[];
  readonly evidence: Evidence;
}

export function tellStories(evidence: Evidence): SessionStory[] {
  const bySession = new Map<number, HistoryEntry[]>();
  for (const entry of evidence.history.entries) {
    const list = bySession.get(entry.session);
    if (list) list.push(entry);
    else bySession.set(entry.session, [entry]);
  }
  return evidence.history.sessions.map((ledger) => {
    const entries = bySession.get(ledger.index) ?? [];
    const endAsked = entries.filter((entry) => entry.call.kind === 'destroy');
    return { ledger, entries, endAsked, evidence };
  });
}

/** The record of each of its ids that anybody leads. */
export function ownedRecords(story: SessionStory, dump: Dump): DumpedRecord[] {
  return story.ledger.ids.flatMap(({ key }) =>
    (dump.records.get(key) ?? []).filter((record) => record.role === 'owner'),
  );
}

export function tokensIn(document: { readonly data: object }): readonly string[] {
  return (document.data as { list?: readonly string[] }).list ?? [];
}

export function countIn(document: { readonly data: object }): number {
  return (document.data as { count?: number }).count ?? 0;
}

/** Told to have ended: logged out, or given a new id across a login. */
export function isAcknowledgedEnd({ call, result }: HistoryEntry): boolean {
  if (call.kind === 'destroy') return result?.kind === 'done';
  return call.kind === 'rotate' && call.acrossLogin && result?.kind === 'committed';
}

/** Acknowledged as held by another node. */
export function isDurable(entry: HistoryEntry): boolean {
  const { result, call } = entry;
  if (result?.kind !== 'committed' || result.copies < 1) return false;
  return call.kind === 'create' || call.kind === 'rotate' || call.kind === 'commit';
}

/** The ids that may still answer for this one: a logout with one of them ends the session. */
export function formerIds({ ledger }: SessionStory, key: string): ReadonlySet<string> {
  const former = new Set<string>();
  for (let current: string | undefined = key; current !== undefined; ) {
    const id = ledger.ids.find((each) => each.key === current);
    current = id && !id.acrossLogin ? id.from : undefined;
    if (current === undefined || former.has(current)) break;
    former.add(current);
  }
  return former;
}

/** Whether this id is given up for another: asked for with it, or with one that still answers for it. */
export function rotates(story: SessionStory, { call }: HistoryEntry, key: string): boolean {
  if (call.kind !== 'rotate' || call.to === key) return false;
  if (call.key === key) return true;
  const former = formerIds(story, key);
  return former.has(call.key) && !former.has(call.to);
}
