import { describe, expect, it } from 'vitest';
import { Histogram } from './histogram.js';

describe('a histogram', () => {
  it.each([
    { durationsMs: [], expected: [0, 0], count: 0, sumMs: 0 },
    { durationsMs: [1, 10], expected: [2, 2], count: 2, sumMs: 11 },
    { durationsMs: [10.5, 50], expected: [0, 2], count: 2, sumMs: 60.5 },
    { durationsMs: [5, 51], expected: [1, 1], count: 2, sumMs: 56 },
  ])('counts $durationsMs up to each bound', ({ durationsMs, expected, count, sumMs }) => {
    const histogram = new Histogram([10, 50]);
    for (const durationMs of durationsMs) histogram.add(durationMs);
    expect(histogram.cumulative()).toEqual([
      { boundMs: 10, count: expected[0] },
      { boundMs: 50, count: expected[1] },
    ]);
    expect([histogram.count, histogram.sumMs]).toEqual([count, sumMs]);
  });
});
