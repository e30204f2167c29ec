import { describe, expect, it } from 'vitest';
import { Random } from './random.js';

const draw = (random: Random) => Array.from({ length: 5 }, () => random.next());

describe('random numbers', () => {
  it('are the same for the same seed and different for another', () => {
    expect(draw(new Random('7'))).toEqual(draw(new Random('7')));
    expect(draw(new Random('7'))).not.toEqual(draw(new Random('8')));
  });

  it('of a stream do not depend on what was drawn before from the others', () => {
    const untouched = new Random('7');
    const used = new Random('7');
    draw(used);
    expect(draw(used.stream('faults'))).toEqual(draw(untouched.stream('faults')));
    expect(draw(untouched.stream('faults'))).not.toEqual(draw(untouched.stream('network')));
  });

  it('spread evenly enough to be of use', () => {
    const random = new Random('spread');
    const counts = new Array(10).fill(0) as number[];
    for (let i = 0; i < 10_000; i++) {
      const at = random.below(10);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    for (const count of counts) expect(count).toBeGreaterThan(900);
  });

  it('make keys that survive base64url', () => {
    const random = new Random('keys');
    for (let i = 0; i < 100; i++) {
      const key = random.key();
      expect(Buffer.from(key, 'base64url').toString('base64url')).toBe(key);
    }
  });
});
