import { describe, expect, it } from 'vitest';
import { ByteBudget } from './byte-budget.js';

/** What goes in so many ms when there is always more to send. */
function sentIn(ms: number, bytesEach: number): number {
  const budget = new ByteBudget(100_000, 0);
  let sent = 0;
  for (let nowMs = 0; nowMs <= ms; nowMs += 20) {
    while (budget.hasRoom(nowMs)) {
      budget.spend(bytesEach);
      sent += bytesEach;
    }
  }
  return sent;
}

describe('a budget of bytes per second', () => {
  it.each([
    [100, 'small'],
    [3000, 'larger than what a tick earns'],
    [60_000, 'larger than the burst'],
  ])('lets its rate and one burst through in pieces of %i, %s', (bytes) => {
    const sent = sentIn(10_000, bytes);
    expect(sent).toBeGreaterThanOrEqual(1_000_000);
    expect(sent).toBeLessThanOrEqual(1_010_000 + bytes);
  });

  it('saves no more than a burst while nothing is sent', () => {
    const budget = new ByteBudget(100_000, 0);
    let sent = 0;
    while (budget.hasRoom(3_600_000)) {
      budget.spend(100);
      sent += 100;
    }
    expect(sent).toBe(10_000);
  });
});
