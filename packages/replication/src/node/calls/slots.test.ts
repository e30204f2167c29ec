import { beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/limits.js';
import { Slots } from './slots.js';

let slots: Slots<string>;
beforeEach(() => {
  slots = new Slots();
});

describe('slots', () => {
  it('give back what is kept under a number, once', () => {
    const [one, two] = [slots.add('one'), slots.add('two')];
    expect([slots.take(two), slots.take(one)]).toEqual(['two', 'one']);
    expect([slots.take(two), slots.take(one)]).toEqual([undefined, undefined]);
  });

  it('give what has come since to nobody who has a former number of the slot', () => {
    const former = slots.add('former');
    slots.take(former);
    const present = slots.add('present');
    expect(slots.take(former)).toBeUndefined();
    expect(slots.take(present)).toBe('present');
  });

  it('need no more room than as many as are kept at once', () => {
    const slotOf = (number: number): number => number % 2 ** 17;
    const kept = new Set(Array.from({ length: 5 }, () => slotOf(slots.add('kept'))));
    for (let round = 0; round < 20_000; round++) {
      const number = slots.add('short');
      expect(Number.isInteger(number) && number >= 0 && number < 2 ** 30).toBe(true);
      expect(kept.has(slotOf(number))).toBe(false);
      expect(slotOf(number)).toBe(5);
      slots.take(number);
    }
  });

  it('give all that is left when they are emptied', () => {
    slots.take(slots.add('gone'));
    const left = slots.add('left');
    slots.add('right');
    expect(slots.drain()).toEqual(['left', 'right']);
    expect([slots.take(left), slots.drain()]).toEqual([undefined, []]);
  });

  it('have room for all calls that may be under way, and one more that is refused', () => {
    for (let count = 0; count <= LIMITS.callsInFlight; count++) slots.add('call');
    expect(slots.drain()).toHaveLength(LIMITS.callsInFlight + 1);
  });

  it('refuse what is more than they have room for', () => {
    for (let count = 0; count < 2 ** 17; count++) slots.add('value');
    expect(() => slots.add('one more')).toThrow(RangeError);
  });
});
