import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JsonClient } from './support/json-client.js';
import { testFolder, testShop } from './support/test-shop.js';
import { until } from './support/until.js';

interface Line {
  readonly at: string;
  readonly node: string;
  readonly kind: string;
  readonly keyHash?: string;
}

describe('the journal of a shop', () => {
  it('tells when it started and what became of sessions, by their handles alone', async () => {
    const file = join(testFolder(), 'journal.jsonl');
    const { url } = await testShop({ NODE_ID: 'n7', SHOP_JOURNAL: file });
    const api = new JsonClient(url);
    await api.post('/api/cart/items', { sku: 'stopwatch', quantity: 1 });
    await api.post('/api/logout');
    const read = async (): Promise<Line[]> =>
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
    const lines = await until(read, (found) => found.some(({ kind }) => kind === 'ended'));
    expect(lines[0]).toMatchObject({ kind: 'started', node: 'n7' });
    // Nobody else is there to hold a copy.
    expect(lines.map(({ kind }) => kind)).toContain('no-copy');
    for (const { keyHash } of lines) expect(keyHash ?? 'no session').toMatch(/^.{10}$/);
    expect(readFileSync(file, 'utf8')).not.toMatch(/"key":/);
  });

  it('is not written unless it is asked for', async () => {
    const folder = testFolder();
    const { url } = await testShop({ SHOP_DATABASE: join(folder, 'shop.db') });
    await new JsonClient(url).post('/api/cart/items', { sku: 'stopwatch', quantity: 1 });
    expect(existsSync(join(folder, 'shop.db'))).toBe(true);
    expect(readdirSync(folder).filter((name) => !name.startsWith('shop.db'))).toEqual([]);
  });
});
