import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConnectionCaps } from './connection-caps.js';
import { RateLimiter } from './rate-limit.js';

test('a burst passes, then the pace holds, and waiting helps', () => {
  const limiter = new RateLimiter({ perSecond: 2, burst: 3 }, 10);
  expect([0, 0, 0, 0].map((at) => limiter.take('192.0.2.1', at))).toEqual([0, 0, 0, 500]);
  expect(limiter.take('192.0.2.1', 200)).toBe(300);
  expect(limiter.take('192.0.2.1', 500)).toBe(0);
  expect(limiter.take('192.0.2.1', 500)).toBe(500);
  expect(limiter.take('192.0.2.1', 10_000)).toBe(0);
});

test('addresses have each their own, and an IPv6 /64 is one', () => {
  const limiter = new RateLimiter({ perSecond: 1, burst: 1 }, 10);
  expect(limiter.take('192.0.2.1', 0)).toBe(0);
  expect(limiter.take('192.0.2.2', 0)).toBe(0);
  expect(limiter.take('2001:db8::1', 0)).toBe(0);
  expect(limiter.take('2001:db8::ffff:2', 0)).toBe(1_000);
  expect(limiter.take('2001:db8:0:1::1', 0)).toBe(0);
});

test('a change of the settings holds at once', () => {
  const settings = { perSecond: 0, burst: 1 };
  const limiter = new RateLimiter(settings, 10);
  expect(limiter.enabled).toBe(false);
  settings.perSecond = 1;
  expect(limiter.enabled).toBe(true);
  expect([limiter.take('a', 0), limiter.take('a', 0)]).toEqual([0, 1_000]);
});

test('no window of time sees more than the burst and what the pace allows', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 120 });
  const settings = fc.record({
    perSecond: fc.constantFrom(1, 2, 5, 10, 50),
    burst: fc.integer({ min: 1, max: 10 }),
  });
  fc.assert(
    fc.property(settings, gaps, ({ perSecond, burst }, pauses) => {
      const limiter = new RateLimiter({ perSecond, burst }, 4);
      const passed: number[] = [];
      let now = 0;
      for (const pause of pauses) {
        now += pause;
        const waitMs = limiter.take('a', now);
        if (waitMs === 0) passed.push(now);
        // What it says is true: sooner would have been refused as well.
        else expect(limiter.take('a', now + waitMs - 1)).toBeGreaterThan(0);
      }
      for (const [i, from] of passed.entries()) {
        for (const [j, to] of passed.entries()) {
          const allowed = burst + ((to - from) * perSecond) / 1_000 + 1e-9;
          if (j >= i) expect(j - i + 1).toBeLessThanOrEqual(allowed);
        }
      }
    }),
  );
});

test('remembers no more addresses than it may, and keeps those that are heard of', () => {
  const limiter = new RateLimiter({ perSecond: 0.001, burst: 1 }, 3);
  for (let i = 0; i < 100; i++) {
    limiter.take(`192.0.2.${i}`, i);
    // Refused each time, which must not be how to be forgotten.
    expect(limiter.take('198.51.100.1', i)).toBe(i === 0 ? 0 : 1_000_000 - i);
    expect(limiter.size).toBeLessThanOrEqual(3);
  }
});

test('connections are counted by address, and forgotten with the last one', () => {
  const caps = new ConnectionCaps(2);
  expect([caps.admit('a'), caps.admit('a'), caps.admit('a')]).toEqual([true, true, false]);
  expect(caps.admit('b')).toBe(true);
  caps.release('a');
  expect(caps.admit('a')).toBe(true);
  for (const address of ['a', 'a', 'b']) caps.release(address);
  expect(caps.size).toBe(0);
  expect(new ConnectionCaps(0).admit('a')).toBe(true);
});
