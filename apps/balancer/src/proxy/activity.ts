import type { Limits } from '../limits.js';
import { budgetAllows } from '../retry/budget.js';

/** What is under way, counted against the limits; tells when everything has ended. */
export class Activity {
  #requests = 0;
  #repeating = 0;
  #stopping = false;
  readonly #tunnels = new Set<() => void>();
  #idle: (() => void) | undefined;

  constructor(readonly limits: Limits) {}

  get requests(): number {
    return this.#requests;
  }

  get tunnels(): number {
    return this.#tunnels.size;
  }

  /** From now on responses close their connection. */
  get stopping(): boolean {
    return this.#stopping;
  }

  tryBegin(): boolean {
    if (this.#requests >= this.limits.requestsInFlight) return false;
    this.#requests++;
    return true;
  }

  end(): void {
    this.#requests--;
    this.#announceIdle();
  }

  /** Whether a written request may be repeated a second time now. */
  get budgetLeft(): boolean {
    const { retryRatio, retryFloor } = this.limits;
    return budgetAllows(this.#requests, this.#repeating, retryRatio, retryFloor);
  }

  beginRepeating(): void {
    this.#repeating++;
  }

  endRepeating(): void {
    this.#repeating--;
  }

  get tunnelsFull(): boolean {
    return this.#tunnels.size >= this.limits.tunnels;
  }

  /** Registers a tunnel by what ends it; returns how to take it off. */
  addTunnel(cut: () => void): () => void {
    this.#tunnels.add(cut);
    return () => {
      this.#tunnels.delete(cut);
      this.#announceIdle();
    };
  }

  stop(): void {
    this.#stopping = true;
  }

  /** Resolves with true when nothing is under way, with false after `deadlineMs`. */
  whenIdle(deadlineMs: number): Promise<boolean> {
    if (this.#isIdle()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), deadlineMs);
      this.#idle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  cutTunnels(): void {
    for (const cut of [...this.#tunnels]) cut();
  }

  #isIdle(): boolean {
    return this.#requests === 0 && this.#tunnels.size === 0;
  }

  #announceIdle(): void {
    if (this.#isIdle()) this.#idle?.();
  }
}
