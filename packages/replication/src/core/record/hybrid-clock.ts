import { LIMITS } from '../limits.js';

/**
 * An instant of a hybrid logical clock, as one number that orders: whole milliseconds since 1970
 * times 1024, plus a count within the millisecond. Fits a safe integer until the year 2248.
 */
export type HybridTime = number;

const COUNTS = 1024;

export function hybridTimeOf(wallMs: number): HybridTime {
  return Math.max(0, Math.floor(wallMs)) * COUNTS;
}

/** The physical part: milliseconds since 1970. */
export function wallMsOf(time: HybridTime): number {
  return Math.floor(time / COUNTS);
}

/**
 * A hybrid logical clock: as near to the wall clock as that allows, and later than everything it has
 * followed. It orders changes of lineages that knew nothing of each other, and nothing else:
 * deadlines are monotonic, and who may write is a matter of epochs.
 */
export class HybridClock {
  #offsetMs = 0;
  #last: HybridTime = 0;

  /** What the wall clock shows at `nowMs`; it may be set forward or back meanwhile. */
  setWall(wallMs: number, nowMs: number): void {
    this.#offsetMs = wallMs - nowMs;
  }

  /** The time of a new change: later than every one before. */
  next(nowMs: number): HybridTime {
    this.#last = Math.max(this.#last + 1, this.#physical(nowMs));
    return this.#last;
  }

  /** The time now, without using it up. */
  read(nowMs: number): HybridTime {
    return Math.max(this.#last, this.#physical(nowMs));
  }

  /** How far a time is ahead of the wall clock here, in ms, when that is too far to follow; else 0. */
  aheadMs(time: HybridTime, nowMs: number): number {
    const aheadMs = wallMsOf(time) - wallMsOf(this.#physical(nowMs));
    return aheadMs > LIMITS.clockAheadMs ? aheadMs : 0;
  }

  /**
   * Goes past a time that another node has told. One too far ahead is not followed: a single wrong
   * clock would make every later change of the cluster carry its error. Returns by how much it was.
   */
  follow(time: HybridTime, nowMs: number): number {
    const aheadMs = this.aheadMs(time, nowMs);
    if (aheadMs === 0) this.#last = Math.max(this.#last, time);
    return aheadMs;
  }

  #physical(nowMs: number): HybridTime {
    return hybridTimeOf(nowMs + this.#offsetMs);
  }
}
