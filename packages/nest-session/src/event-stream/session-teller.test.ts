import type { SessionSnapshot } from '@understudy/replication';
import { describe, expect, test } from 'vitest';
import { SessionTeller } from './session-teller.js';

const IDLE_MS = 30 * 60_000;

function telling(idleTimeoutMs = IDLE_MS) {
  const told: unknown[][] = [];
  const sink = {
    send: (event: string, data: object, id?: string) =>
      void told.push(id === undefined ? [event, data] : [event, data, id]),
    end: () => void told.push(['end']),
  };
  const teller = new SessionTeller(sink, {
    view: () => ({ authenticated: true }),
    now: () => 0,
    idleTimeoutMs: () => idleTimeoutMs,
  });
  const see = (seq: number, idleRemainingMs = IDLE_MS, key = 'k') => {
    const absoluteRemainingMs = 12 * 60 * 60_000;
    const version = { epoch: 1, seq };
    teller.seen({ key, version, idleRemainingMs, absoluteRemainingMs } as SessionSnapshot);
    return told.splice(0);
  };
  return { teller, see, told };
}

const at = (ms: number) => new Date(ms).toISOString();

describe('what a stream tells of a session', () => {
  test('first what it is, then what changed, under its revision', () => {
    const { see } = telling();
    expect(see(1)).toEqual([['snapshot', { authenticated: true }, '1.1']]);
    expect(see(1)).toEqual([]);
    const expiresAt = at(IDLE_MS);
    expect(see(2)).toEqual([['updated', { revision: '1.2', expiresAt }, '1.2']]);
  });

  test('that it has another id, once', () => {
    const { see } = telling();
    see(1);
    const expiresAt = at(IDLE_MS);
    expect(see(2, IDLE_MS, 'next')).toEqual([['rotated', { revision: '1.2', expiresAt }, '1.2']]);
    expect(see(2, IDLE_MS, 'next')).toEqual([]);
  });

  test('that it expires soon, once, and that somebody came back', () => {
    const { see } = telling();
    see(1);
    expect(see(1, 121_000)).toEqual([]);
    expect(see(1, 120_000)).toEqual([['expiring', { at: at(120_000) }]]);
    expect(see(1, 115_000)).toEqual([]);
    const expiresAt = at(IDLE_MS);
    expect(see(1)).toEqual([['updated', { revision: '1.1', expiresAt }, '1.1']]);
    expect(see(1, 60_000)).toEqual([['expiring', { at: at(60_000) }]]);
  });

  test('of a short session not before a quarter of it is left', () => {
    const { see } = telling(60_000);
    see(1, 60_000);
    expect(see(1, 16_000)).toEqual([]);
    expect(see(1, 15_000)).toEqual([['expiring', { at: at(15_000) }]]);
  });

  test('of one that expires soon when the client connects', () => {
    const { see } = telling();
    expect(see(1, 1000).map(([event]) => event)).toEqual(['snapshot', 'expiring']);
  });

  test.each([
    ['expired', ['expired', {}]],
    ['logout', ['revoked', { reason: 'logout' }]],
    ['evicted', ['revoked', { reason: 'evicted' }]],
    ['lost', ['revoked', { reason: 'lost' }]],
  ] as const)('that it is over: %s', (reason, event) => {
    const { teller, see, told } = telling();
    see(1);
    teller.ended(reason);
    expect(told).toEqual([event, ['end']]);
  });
});
