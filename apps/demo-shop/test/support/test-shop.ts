import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { readSettings } from '../../src/settings.js';
import { type RunningShop, startShop } from '../../src/start-shop.js';
import { Browser } from './browser.js';
import { JsonClient } from './json-client.js';

export type Adapter = 'express' | 'fastify';
export const ADAPTERS: readonly Adapter[] = ['express', 'fastify'];

/** A shop for one test, on a free port and with a database of its own. */
export async function testShop(environment: Record<string, string> = {}): Promise<RunningShop> {
  const shop = await startShop(
    readSettings({ PORT: '0', SHOP_DATABASE: join(testFolder(), 'shop.db'), ...environment }),
  );
  onTestFinished(() => shop.close());
  return shop;
}

/** A folder that is gone when the test is over. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shop-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A shop for all tests of a `describe`; each of them brings a visitor of its own. */
export function sharedShop(environment: Record<string, string> = {}): SharedShop {
  let shop: RunningShop | undefined;
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'shop-'));
    shop = await startShop(
      readSettings({ PORT: '0', SHOP_DATABASE: join(folder, 'shop.db'), ...environment }),
    );
  });
  afterAll(async () => {
    await shop?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const url = (): string => {
    if (shop === undefined) throw new Error('the shop is not running');
    return shop.url;
  };
  return { visitor: () => new Browser(url()), script: () => new JsonClient(url()) };
}

export interface SharedShop {
  /** Somebody with a browser whose JavaScript is switched off. */
  visitor(): Browser;
  /** A script with a cookie jar. */
  script(): JsonClient;
}
