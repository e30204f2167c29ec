import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.js';
import { spaceTime } from './space-time.js';
import { spaceTimePage } from './space-time-page.js';

const TRACE = [
  { atMs: 1, where: 'n1', text: 'call' },
  { atMs: 3.5, where: 'n3', text: 'hello', from: { node: 'n1', atMs: 2 } },
  { atMs: 4, where: 'n1', text: 'bye', from: { node: 'n3', atMs: 3.5 } },
  { atMs: 5, where: 'fault', text: 'crash' },
];

describe('space-time', () => {
  it('draws a column per node and an arrow from sender to receiver', () => {
    expect([...spaceTime(TRACE)].map((line) => line.trimEnd())).toEqual([
      '            n1    n3',
      '      1.000 *     |      call',
      '      3.500 o---->*      hello (1.5 ms)',
      '      4.000 *<----o      bye (0.5 ms)',
      '      5.000 !     !      crash',
    ]);
  });

  it('shows only what names the key', () => {
    expect([...spaceTime(TRACE, 'hel')]).toHaveLength(2);
  });

  it('makes a page in which nothing of the text is markup', () => {
    expect(spaceTimePage('a', [{ atMs: 0, where: 'n1', text: '<b>' }])).toContain('&lt;b>');
  });

  it('is the same for the same seed, to the byte', () => {
    const trace = () => {
      const { trace } = simulate({
        seed: 1,
        profile: 'kill',
        browsers: 1,
        untilMs: 6000,
        trace: true,
      });
      return [...spaceTime(trace)].join('\n');
    };
    expect(trace()).toBe(trace());
  });
});
