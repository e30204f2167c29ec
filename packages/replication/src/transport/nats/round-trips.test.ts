import { describe, expect, it } from 'vitest';
import { RoundTrips } from './round-trips.js';

describe('RoundTrips', () => {
  it.each([
    ['an answer', () => Promise.resolve(), true],
    ['a refusal', () => Promise.reject(new Error('gone')), false],
  ])('ends with %s', async (_, flush, answered) => {
    expect(await new RoundTrips().begin(flush)).toBe(answered);
  });

  it('ends what would never settle when the connection is lost', async () => {
    const trips = new RoundTrips();
    const all = [
      trips.begin(() => new Promise(() => {})),
      trips.begin(() => new Promise(() => {})),
    ];
    trips.lost();
    expect(await Promise.all(all)).toEqual([false, false]);
    expect(await trips.begin(() => Promise.resolve())).toBe(true);
  });
});
