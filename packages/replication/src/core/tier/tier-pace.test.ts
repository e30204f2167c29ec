import { describe, expect, it } from 'vitest';
import { TierPace } from './tier-pace.js';

describe('the pace at which a failing tier is asked', () => {
  it('slows down to every five seconds, and takes failures that come together for one', () => {
    const pace = new TierPace();
    const pauses: number[] = [];
    let nowMs = 0;
    for (let round = 0; round < 9; round++) {
      for (let together = 0; together < 10; together++) pace.failed(nowMs);
      const failedMs = nowMs;
      while (!pace.mayAsk(nowMs)) nowMs += 100;
      pauses.push(nowMs - failedMs);
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
  });

  it('is back at once with an answer', () => {
    const pace = new TierPace();
    pace.failed(0);
    expect([pace.isFailing, pace.mayAsk(50)]).toEqual([true, false]);
    pace.answered();
    expect([pace.isFailing, pace.mayAsk(50)]).toEqual([false, true]);
  });
});
