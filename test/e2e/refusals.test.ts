import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startBus } from '../../scripts/cluster/bus.mjs';
import { ManagedProcess } from '../../scripts/cluster/managed-process.mjs';
import { PROGRAMS, ROOT } from '../../scripts/cluster/paths.mjs';
import { HOST, SHOP_READY_LINE } from '../../scripts/cluster/programs.mjs';
import { freePort } from '../free-port.js';
import { START_TIMEOUT_MS } from './running-system.js';

const SECRET = 'a-secret-for-this-test-long-enough-to-be-one';

describe('a shop', () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  function directory(): string {
    const path = mkdtempSync(join(tmpdir(), 'understudy-refusals-'));
    cleanups.push(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  function startShop(env: Record<string, string>): ManagedProcess {
    const shop = new ManagedProcess({
      name: 'shop',
      command: process.execPath,
      args: [PROGRAMS.shop],
      cwd: ROOT,
      env: { PORT: '0', HOST, SHOP_DATABASE: join(directory(), 'shop.db'), ...env },
    });
    cleanups.push(() => shop.kill());
    return shop;
  }

  it(
    'names the address of a bus it cannot reach, keeps trying, and joins when the bus is there',
    async () => {
      const port = await freePort();
      const url = `nats://${HOST}:${port}`;
      const shop = startShop({ UNDERSTUDY_BUS: url, UNDERSTUDY_SECRET: SECRET });
      await shop.waitForLine(new RegExp(`${HOST}:${port}`));
      expect(shop.running).toBe(true);
      const bus = await startBus({ directory: directory(), kind: 'embedded', port });
      cleanups.push(() => bus.stop());
      await shop.waitForLine(SHOP_READY_LINE);
    },
    START_TIMEOUT_MS,
  );

  it(
    'refuses to start in production without a secret, and names the variable',
    async () => {
      const shop = startShop({ NODE_ENV: 'production' });
      const exit = await shop.exited;
      expect(exit.code).not.toBe(0);
      expect(shop.output.last().join('\n')).toMatch(/secret/i);
    },
    START_TIMEOUT_MS,
  );

  it(
    'refuses to join a cluster without a secret',
    async () => {
      const shop = startShop({ UNDERSTUDY_BUS: `nats://${HOST}:4222` });
      const exit = await shop.exited;
      expect(exit.code).not.toBe(0);
      expect(shop.output.last().join('\n')).toMatch(/UNDERSTUDY_SECRET/);
    },
    START_TIMEOUT_MS,
  );
});
