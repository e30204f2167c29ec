import { describe, expect, it } from 'vitest';
import { bucketDurations, drawHistogram, percentile } from '../../scripts/chaos/histogram.mjs';
import { seededRandom } from '../../scripts/chaos/random.mjs';

describe('the histogram', () => {
  it('puts a duration into the bucket whose edge it does not exceed', () => {
    expect(bucketDurations([1, 10, 10, 11, 99], [10, 50])).toEqual([
      { label: '<= 10 ms', count: 3 },
      { label: '<= 50 ms', count: 1 },
      { label: '> 50 ms', count: 1 },
    ]);
    expect(bucketDurations([])).toEqual([]);
  });

  it('draws the fullest bucket at full width and any other one visibly', () => {
    const [first, second] = drawHistogram([...Array(100).fill(1), 7]).split('\n');
    expect(first).toMatch(/100 #{40}$/);
    expect(second).toMatch(/ 1 #$/);
  });

  it.each([
    [0.5, 2],
    [0.99, 4],
    [1, 4],
    [0, 1],
  ])('takes the nearest rank at %d', (share, expected) => {
    expect(percentile([4, 1, 3, 2], share)).toBe(expected);
    expect(percentile([], share)).toBe(0);
  });
});

describe('seededRandom', () => {
  it('repeats itself for a seed and differs between seeds', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7).every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it('spreads evenly enough to reach every victim', () => {
    const random = seededRandom(1);
    const counts = [0, 0, 0];
    for (let i = 0; i < 3000; i++) {
      const victim = Math.floor(random() * 3);
      counts[victim] = (counts[victim] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(900);
  });
});
