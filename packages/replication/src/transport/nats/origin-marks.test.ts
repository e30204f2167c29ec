import { describe, expect, it } from 'vitest';
import { OriginMarks } from './origin-marks.js';

describe('OriginMarks', () => {
  const marks = () => new OriginMarks<string>('me', (connection) => connection === 'echoing');

  it.each([
    ['quiet', 'quiet', undefined],
    ['quiet', 'other', 'me'],
    ['echoing', 'echoing', 'me'],
  ])('subscribed on %s and published on %s: %s', (subscribed, published, expected) => {
    const all = marks();
    const subscription = all.subscribed('a.*', subscribed);
    expect(all.markFor('a.b', published)).toBe(expected);
    expect(all.markFor('b', published)).toBeUndefined();
    subscription.ended();
    expect(all.markFor('a.b', published)).toBeUndefined();
  });
});
