import { describe, expect, test } from 'vitest';
import { createHarness } from '../../test/harness.js';
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
