import { expect, test } from 'vitest';
import { BodyPace } from './body-pace.js';

const pace = () => {
  const it = new BodyPace({ graceMs: 1_000, minBytesPerSecond: 100 });
  it.resume(0);
  return it;
};

test('within the grace any pace will do', () => {
  expect(pace().take(1, 1_000)).toBe(true);
});

test('after it the average counts, from the first byte on', () => {
  expect(pace().take(200, 2_000)).toBe(true);
  expect(pace().take(199, 2_000)).toBe(false);
});

test('what came early is credited to a client that slows down', () => {
  const it = pace();
  expect(it.take(1_000, 10)).toBe(true);
  expect(it.take(1, 10_000)).toBe(true);
  expect(it.take(1, 11_000)).toBe(false);
});

test('time in which the client is not read does not count', () => {
  const it = pace();
  expect(it.take(100, 500)).toBe(true);
  it.pause(1_000);
  it.resume(60_000);
  expect(it.take(1, 60_000)).toBe(true);
  expect(it.take(100, 61_000)).toBe(true);
  expect(it.take(1, 62_100)).toBe(false);
});

test('being resumed twice is being resumed once', () => {
  const it = pace();
  it.resume(900);
  expect(it.take(1, 2_000)).toBe(false);
});
