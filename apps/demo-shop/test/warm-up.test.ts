import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { readSettings } from '../src/settings.js';
import { warmUp } from '../src/warm-up.js';
import { ADAPTERS, testFolder } from './support/test-shop.js';

/** Everything it must keep away from: a bus and a Redis that answer nobody, a journal, a taken port. */
async function settingsOfANode(environment: Record<string, string>) {
  const folder = testFolder();
  const journal = join(folder, 'journal.jsonl');
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void taken.close());
  const settings = readSettings({
    PORT: String((taken.address() as AddressInfo).port),
    UNDERSTUDY_BUS: 'nats://127.0.0.1:1',
    UNDERSTUDY_REDIS: 'redis://127.0.0.1:1',
    UNDERSTUDY_SECRET: 's'.repeat(32),
    SHOP_JOURNAL: journal,
    SHOP_DATABASE: join(folder, 'shop.db'),
    ...environment,
  });
  return { settings, journal, database: join(folder, 'shop.db') };
}

it.each(ADAPTERS)('a node warms up without anybody hearing of it, on %s', async (adapter) => {
  const { settings, journal } = await settingsOfANode({ SHOP_ADAPTER: adapter, SHOP_WARM_UP: '2' });
  const said = vi.spyOn(process.stdout, 'write');
  const complained = vi.spyOn(process.stderr, 'write');
  onTestFinished(() => void vi.restoreAllMocks());
  await warmUp(settings);
  // A warning would be of a session that nobody took over when it left.
  expect([...said.mock.calls, ...complained.mock.calls]).toEqual([]);
  expect(existsSync(journal)).toBe(false);
});

it('a node that is told not to warm up starts nothing', async () => {
  const { settings, database } = await settingsOfANode({ SHOP_WARM_UP: '0' });
  await warmUp(settings);
  expect(existsSync(database)).toBe(false);
});

it('a node that cannot serve itself says why', async () => {
  const { settings } = await settingsOfANode({ SHOP_DATABASE: '/dev/null/shop.db' });
  await expect(warmUp(settings)).rejects.toThrow('the database /dev/null/shop.db cannot be opened');
});
