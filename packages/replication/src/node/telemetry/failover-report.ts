import type { CoreNotice } from '../../core/events.js';
import type { Message } from '../../core/messages.js';

/** Takeovers this close together belong to one failover. */
const QUIET_MS = 250;

interface Failover {
  sessions: number;
  tookMs: number;
  timer: NodeJS.Timeout;
}

/** Sums up the takeovers after a death and tells the balancers once, for their dashboards. */
export class FailoverReport {
  readonly #open = new Map<string, Failover>();

  constructor(
    private readonly label: string,
    private readonly broadcast: (message: Message) => void,
  ) {}

  add(notice: Extract<CoreNotice, { kind: 'takeover' }>): void {
    const from = notice.from ?? 'gone';
    const existing = this.#open.get(from);
    if (existing) clearTimeout(existing.timer);
    const timer = setTimeout(() => this.#publish(from), QUIET_MS);
    timer.unref();
    this.#open.set(from, {
      sessions: (existing?.sessions ?? 0) + 1,
      tookMs: Math.max(existing?.tookMs ?? 0, notice.tookMs),
      timer,
    });
  }

  stop(): void {
    for (const failover of this.#open.values()) clearTimeout(failover.timer);
    this.#open.clear();
  }

  #publish(from: string): void {
    const failover = this.#open.get(from);
    this.#open.delete(from);
    if (!failover) return;
    const { sessions, tookMs } = failover;
    this.broadcast({ kind: 'failover', from, to: this.label, sessions, tookMs });
  }
}
