import type { Browser } from '../support/browser.js';
import { isSignedIn } from './account.js';

interface Seen {
  readonly browser: Browser;
  /** The answer of its login was here. */
  readonly fromMs: number;
  /** A request that began at this time was still served as signed in. */
  untilMs: number;
  ended: boolean;
}

/**
 * Asks all sessions over and over whether they are alive, each time at another node. What it claims
 * is certain: a session was alive from the answer to its login until the beginning of the last request
 * that was served. Two requests at different times never count as one moment.
 */
export class Watcher {
  readonly #seen: Seen[] = [];
  #isStopped = false;
  #looks = 0;

  constructor(private readonly urls: readonly string[]) {}

  signedIn(browser: Browser): void {
    const now = performance.now();
    this.#seen.push({ browser, fromMs: now, untilMs: now, ended: false });
  }

  /** Until {@link stop}, and once more after it. */
  async watch(): Promise<void> {
    for (let last = false; !last; ) {
      last = this.#isStopped;
      await this.look();
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  async look(): Promise<void> {
    const url = this.urls[this.#looks++ % this.urls.length] as string;
    const alive = this.#seen.filter(({ ended }) => !ended);
    await Promise.all(
      alive.map(async (session) => {
        const beganMs = performance.now();
        if (await isSignedIn(session.browser.at(url))) session.untilMs = beganMs;
        else session.ended = true;
      }),
    );
    await new Promise(setImmediate);
  }

  get looks(): number {
    return this.#looks;
  }

  get alive(): number {
    return this.#seen.filter(({ ended }) => !ended).length;
  }

  /** The most that were certainly alive at one moment. */
  get mostAtOnce(): number {
    const at = (moment: number) =>
      this.#seen.filter(({ fromMs, untilMs }) => fromMs <= moment && moment <= untilMs).length;
    return Math.max(0, ...this.#seen.map(({ fromMs }) => at(fromMs)));
  }
}
