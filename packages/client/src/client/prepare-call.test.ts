import { describe, expect, test } from 'vitest';
import { createHarness, failureOf } from '../../test/harness.js';
import { json } from '../../test/scripted-fetch.js';

/** Where a page of the shop would send it. */
async function addressOf(path: string, baseUrl: string): Promise<string> {
  const { client, sent } = createHarness([json(1)], { baseUrl });
  await client.get(path);
  return new URL(sent[0]?.url ?? '', 'https://shop.test/page').href;
}

describe('a path from elsewhere stays below the base URL', () => {
  test.each([
    ['//evil.test/x', '/evil.test/x'],
    // What a browser reads as slashes, or does not read at all.
    ['\\evil.test/x', '/evil.test/x'],
    ['/\\evil.test/x', '/evil.test/x'],
    ['\t/evil.test/x', '/evil.test/x'],
    ['/\n/evil.test/x', '/evil.test/x'],
    ['https://evil.test/x', '/https://evil.test/x'],
    ['../admin', '/admin'],
    ['/a/../../admin', '/admin'],
    ['%2e%2E/admin', '/admin'],
    ['/.\t./admin', '/admin'],
    ['/a/..//evil.test', '/evil.test'],
    ['..\\admin', '/admin'],
  ])('%j', async (path, expected) => {
    expect(await addressOf(path, '/')).toBe(`https://shop.test${expected}`);
    expect(await addressOf(path, 'https://shop.test/app')).toBe(`https://shop.test/app${expected}`);
  });

  test.each([
    ['/a/b?c=../d&e=%2F%2F#f', '/a/b?c=../d&e=%2F%2F#f'],
    ['a/..b/c..', '/a/..b/c..'],
    ['/caf\u00e9/x y', '/caf%C3%A9/x%20y'],
    ['', '/'],
    ['?a=1', '/?a=1'],
  ])('%j is otherwise as it is', async (path, expected) => {
    expect(await addressOf(path, 'https://shop.test/app')).toBe(`https://shop.test/app${expected}`);
  });
});

describe('a key of the caller’s', () => {
  test('that is empty is sent, and refused by the server: the call is not silently without one', async () => {
    const { client, sent } = createHarness([json(1)]);
    await client.post('/x', {}, { idempotencyKey: '' });
    expect(sent[0]?.headers.get('idempotency-key')).toBe('""');
  });
});

describe('the timeouts of a single call', () => {
  test.each<[string, object, string]>([
    ['attemptMs', { attemptMs: Number.NaN }, 'option timeout.attemptMs is NaN, expected a number'],
    ['totalMs', { totalMs: -1 }, 'option timeout.totalMs is -1, expected a number'],
    ['undefined', { attemptMs: undefined }, 'option timeout.attemptMs is undefined'],
  ])('are checked before anything is sent: %s', async (_what, timeout, message) => {
    const { client, sent } = createHarness([json(1)]);
    const error = await failureOf(client.get('/x', { timeout }));
    expect(error).toMatchObject({ code: 'invalid-option', outcome: 'not-sent' });
    expect(error.message).toContain(message);
    expect(sent).toEqual([]);
  });
});
