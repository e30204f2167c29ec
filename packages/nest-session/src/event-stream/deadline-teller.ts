import type { SessionSnapshot } from '@understudy/replication';
import { dueDeadlines, type ToldDeadlines } from './deadline.js';
import type { DeadlineSource } from './deadline-sources.js';
import type { EventSink } from './session-teller.js';

/** Tells one stream what in its session is about to be over, once for each deadline. */
export class DeadlineTeller {
  #told: ToldDeadlines = new Map();

  constructor(
    private readonly sink: Pick<EventSink, 'send'>,
    private readonly source: DeadlineSource,
    /** Milliseconds since 1970. */
    private readonly now: () => number,
  ) {}

  seen({ document }: Pick<SessionSnapshot, 'document'>): void {
    const deadlines = this.source.deadlinesIn(document.data);
    const { due, told } = dueDeadlines(deadlines, this.#told, this.now());
    this.#told = told;
    for (const { event, data, atMs } of due) {
      this.sink.send(event, { ...data, at: new Date(atMs).toISOString() });
    }
  }
}
