import { expect, it } from 'vitest';
import { Histogram } from './histogram.js';

it('counts cumulatively, with what is beyond every bucket in the total only', () => {
  const histogram = new Histogram();
  for (const ms of [0.05, 0.1, 3, 60_000]) histogram.add(ms);
  const { buckets, count, sumSeconds } = histogram.snapshot();
  const at = (seconds: number) => buckets.find((each) => each.atMostSeconds === seconds)?.count;
  expect([at(0.0001), at(0.0025), at(0.005), at(5)]).toEqual([2, 2, 3, 3]);
  expect(count).toBe(4);
  expect(sumSeconds).toBeCloseTo(60.00315);
});
