import { describe, expect, test } from 'vitest';
import { byteSizeOption, parseByteSize } from './byte-size.js';
import { durationOption, formatDuration, parseDurationMs } from './duration.js';

describe('durations', () => {
  test.each([
    [500, 500],
    ['250ms', 250],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
    ['1.5h', 5_400_000],
    ['30 m', 1_800_000],
    ['30', undefined],
    ['30 minutes', undefined],
    ['-1s', undefined],
    ['', undefined],
    [Number.NaN, undefined],
    [-1, undefined],
    [true, undefined],
  ])('%j is %s ms', (text, expected) => {
    expect(parseDurationMs(text)).toBe(expected);
  });

  test.each([
    [5_400_000, '90m'],
    [86_400_000, '1d'],
    [1500, '1500ms'],
    [0, '0ms'],
  ])('%d ms is shown as %s', (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });

  test('a value out of range is refused with its option, value and bounds', () => {
    expect(() =>
      durationOption('timeouts.idle', '1s', 0, { min: 60_000, max: 86_400_000 }),
    ).toThrow(
      'SessionModule option timeouts.idle is "1s", expected a time from 1m to 1d, such as \'30m\'',
    );
  });
});

describe('sizes', () => {
  test.each([
    [10, 10],
    ['10b', 10],
    ['256kb', 262_144],
    ['1 MB', 1_048_576],
    ['1.5kb', undefined],
    ['1gb', 2 ** 30],
    ['1tb', undefined],
    [1.5, undefined],
    [null, undefined],
  ])('%j is %s bytes', (text, expected) => {
    expect(parseByteSize(text)).toBe(expected);
  });

  test('a value out of range is refused', () => {
    expect(() => byteSizeOption('limits.maxBytes', '1b', 0, { min: 1024, max: 2048 })).toThrow(
      /limits\.maxBytes is "1b", expected a size from 1024 to 2048 bytes/,
    );
  });
});
