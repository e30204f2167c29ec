import { describe, expect, test } from 'vitest';
import { BoundedMap } from './bounded-map.js';

describe('BoundedMap', () => {
  test('keeps the newest and never more than its bound', () => {
    const map = new BoundedMap<number>(10);
    for (let index = 0; index < 100; index++) {
      map.set(`k${index}`, index);
      expect(map.size).toBeLessThanOrEqual(10);
      expect(map.get(`k${index}`)).toBe(index);
    }
    expect(map.get('k0')).toBeUndefined();
  });

  test('a known key takes no place of others', () => {
    const map = new BoundedMap<number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('b', 3);
    expect([map.get('a'), map.get('b')]).toEqual([1, 3]);
  });
});
