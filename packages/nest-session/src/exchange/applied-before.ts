import type { JournalEntry } from '@understudy/replication';

/** Nothing was stored: the journal holds this entry already. Never leaves the exchange. */
export class AppliedBefore extends Error {
  constructor(readonly entry: JournalEntry) {
    super('the journal holds this entry already');
  }
}
