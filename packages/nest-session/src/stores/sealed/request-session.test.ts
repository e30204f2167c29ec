import { describe, expect, test } from 'vitest';
import { KeyRing } from '../../identity/key-ring.js';
import { RequestSession } from './request-session.js';
import { SealingKeys } from './sealing-keys.js';

const SECRETS = ['a secret of these tests, long enough'];
const KEY = 'k'.repeat(43);
const TIMES = { idleTimeoutMs: 60_000, absoluteTimeoutMs: 600_000 };

function newRequest(nowMs = 1_000_000): RequestSession {
  return new RequestSession({
    keys: new SealingKeys(SECRETS, 'session'),
    seenKeys: new KeyRing(SECRETS, 'route'),
    limit: 3900,
    now: () => nowMs,
    refused: () => {},
    ended: () => {},
  });
}

/** What the next request finds of what this one stored. */
async function following(request: RequestSession, nowMs?: number) {
  const next = newRequest(nowMs);
  const key = next.check(request.newToken as string)?.key as string;
  return { next, opened: await next.open(key) };
}

describe('the session of one request', () => {
  test('is what the request before it stored', async () => {
    const request = newRequest();
    const data = { at: new Date(7), big: 2n ** 70n, bytes: new Uint8Array([0, 255]) };
    await request.create({ key: KEY, data, system: { csrf: 'x' }, ...TIMES });
    await request.commit({
      key: KEY,
      base: { epoch: 1, seq: 1 },
      operations: [{ kind: 'set', path: ['data', 'map'], value: new Map([['a', new Set([1])]]) }],
    });
    const { opened } = await following(request);
    expect(opened).toMatchObject({
      status: 'found',
      snapshot: {
        key: KEY,
        version: { epoch: 1, seq: 2 },
        document: {
          data: { ...data, map: new Map([['a', new Set([1])]]) },
          system: { csrf: 'x' },
        },
        idleRemainingMs: 60_000,
        absoluteRemainingMs: 600_000,
      },
    });
  });

  test('gives no token where nothing was stored', async () => {
    const request = newRequest();
    await request.create({ key: KEY, data: {}, system: {}, ...TIMES });
    const { next } = await following(request);
    next.touch();
    expect(next.newToken).toBeUndefined();
  });

  test('cannot be stored any more when the answer has its headers', async () => {
    const request = newRequest();
    await request.create({ key: KEY, data: {}, system: {}, ...TIMES });
    const { next } = await following(request);
    next.build(undefined, KEY);
    const late = next.commit({ key: KEY, base: { epoch: 1, seq: 1 }, operations: [] });
    await expect(late).rejects.toThrow(/headers have left/);
  });

  test('is over once it was ended, and leaves no token', async () => {
    const request = newRequest();
    await request.create({ key: KEY, data: {}, system: {}, ...TIMES });
    await request.destroy(KEY, 'logout');
    expect(request.newToken).toBeUndefined();
    const commit = { key: KEY, base: { epoch: 1, seq: 1 }, operations: [] };
    expect(await request.commit(commit)).toEqual({ status: 'destroyed' });
  });

  test.each([
    [59_999, 'found'],
    [60_000, 'destroyed'],
  ])('%d ms later it is %s', async (later, status) => {
    const request = newRequest();
    await request.create({ key: KEY, data: {}, system: {}, ...TIMES });
    expect((await following(request, 1_000_000 + later)).opened.status).toBe(status);
  });
});
