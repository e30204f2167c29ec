import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Roster } from './roster.js';

test('has whoever came and has not gone, as a set would', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(7))), (steps) => {
      const all = Array.from({ length: 8 }, () => ({ seat: -1 }));
      const roster = new Roster<{ seat: number }>();
      const expected = new Set<{ seat: number }>();
      for (const [comes, index] of steps) {
        const member = all[index] as { seat: number };
        if (!comes) {
          roster.delete(member);
          expected.delete(member);
        } else if (!expected.has(member)) {
          roster.add(member);
          expected.add(member);
        }
        expect(new Set(roster.list())).toEqual(expected);
        expect(roster.size).toBe(expected.size);
      }
    }),
  );
});
