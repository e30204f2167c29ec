import { EventHeap } from './event-heap.js';
import { SIMULATION_LIMITS } from './limits.js';
import type { Random } from './random.js';

/** Virtual time. Nothing happens between two events, so thirty seconds pass as fast as they can. */
export class Scheduler {
  nowMs = 0;
  events = 0;
  readonly #heap = new EventHeap();

  constructor(private readonly ties: Random) {}

  after(delayMs: number, run: () => void): void {
    this.#heap.push(this.nowMs + delayMs, this.ties.next(), run);
  }

  at(atMs: number, run: () => void): void {
    this.#heap.push(Math.max(atMs, this.nowMs), this.ties.next(), run);
  }

  /** More happened than any seed needs: something talks to itself for ever. */
  get exhausted(): boolean {
    return this.events >= SIMULATION_LIMITS.events;
  }

  runUntil(untilMs: number): void {
    while (this.#heap.peekMs() <= untilMs && !this.exhausted) {
      const event = this.#heap.pop();
      if (!event) break;
      this.events++;
      this.nowMs = event.atMs;
      event.run();
    }
    this.nowMs = untilMs;
  }
}
