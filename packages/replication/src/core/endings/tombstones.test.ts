import { describe, expect, it } from 'vitest';
import type { BuriedKey } from '../messages.js';
import { END_REASONS, strongerReason } from './end-reasons.js';
import { burialOfSuccessor, buriedOf, lostLogin, mergeTombstone } from './tombstones.js';

const version = { epoch: 2, seq: 5 };
const buried: BuriedKey = { key: 'k', version, remainingMs: 1000 };
const rotated: BuriedKey = {
  ...buried,
  reason: 'rotated',
  alias: { key: 'next', remainingMs: 100 },
};
const login: BuriedKey = {
  ...buried,
  reason: 'rotated',
  replay: { journalKey: 'j', fingerprint: 'f', successor: 'next', remainingMs: 300 },
};

describe('a tombstone', () => {
  it('keeps what is known of it, in whatever order that comes', () => {
    const revoked: BuriedKey = {
      key: 'k',
      version: { epoch: 0, seq: 0 },
      remainingMs: 5000,
      reason: 'revoked',
      andSuccessors: true,
    };
    const one = mergeTombstone(mergeTombstone(undefined, rotated, 0), revoked, 0);
    const other = mergeTombstone(mergeTombstone(undefined, revoked, 0), rotated, 0);
    expect(one).toEqual(other);
    expect(one).toMatchObject({ version, untilMs: 5000, reason: 'revoked', andSuccessors: true });
    expect(burialOfSuccessor(one, 1000)).toMatchObject({ key: 'next', remainingMs: 4000 });
  });

  it('ends nobody else unless that is meant', () => {
    expect(burialOfSuccessor(mergeTombstone(undefined, rotated, 0), 0)).toBeUndefined();
  });

  it('is told with the time that is left', () => {
    const tombstone = mergeTombstone(undefined, { ...rotated, replay: login.replay }, 1000);
    expect(buriedOf(tombstone, 1050)).toEqual({
      ...rotated,
      remainingMs: 950,
      alias: { key: 'next', remainingMs: 50 },
      replay: { ...login.replay, remainingMs: 250 },
    });
    expect(buriedOf(tombstone, 1400)).toEqual({
      ...rotated,
      remainingMs: 600,
      alias: { key: 'next', remainingMs: 0 },
    });
  });

  it.each([
    ['the same request in time', { key: 'j', fingerprint: 'f' }, 299, 'next'],
    ['too late', { key: 'j', fingerprint: 'f' }, 300, undefined],
    ['another key', { key: 'i', fingerprint: 'f' }, 0, undefined],
    ['another body', { key: 'j', fingerprint: 'g' }, 0, undefined],
    ['no key', undefined, 0, undefined],
  ])('knows a repeated login: %s', (_, journal, nowMs, successor) => {
    expect(lostLogin(mergeTombstone(undefined, login, 0), journal, nowMs)).toBe(successor);
  });

  it('has one reason, the same in whatever order they come', () => {
    for (const left of END_REASONS) {
      for (const right of END_REASONS) {
        expect(strongerReason(left, right)).toBe(strongerReason(right, left));
      }
      expect(strongerReason(left, undefined)).toBe(left);
    }
  });
});
