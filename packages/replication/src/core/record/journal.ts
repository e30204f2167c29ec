import { LIMITS } from '../limits.js';

/** A remembered outcome: what is answered when a request with the same key is repeated. */
export interface JournalRecord {
  readonly key: string;
  readonly fingerprint: string;
  readonly outcome: Uint8Array;
}

/** Remembered outcomes, oldest first. Immutable: a commit makes a new one. */
export type Journal = readonly JournalRecord[];

export function findInJournal(journal: Journal, key: string): JournalRecord | undefined {
  return journal.find((entry) => entry.key === key);
}

/** Adds an outcome and drops the oldest beyond the limit. */
export function addToJournal(journal: Journal, entry: JournalRecord): Journal {
  const kept = journal.filter((existing) => existing.key !== entry.key);
  return [...kept, entry].slice(-LIMITS.journalEntries);
}
