import { expect, test } from 'vitest';
import { SessionService } from '../../src/index.js';
import type { Browser } from '../support/browser.js';
import { ADAPTERS } from '../support/start-app.js';
import { startCluster } from '../support/start-cluster.js';
import { AccountController, countSignedIn } from './account.js';

const MANY = 160;

test.each(ADAPTERS)(
  'without a limit an account may be used by many, and all of them are found and ended, on %s',
  async (adapter) => {
    const cluster = await startCluster({ adapter, size: 2, controllers: [AccountController] });
    const browsers: Browser[] = [];
    for (let index = 0; index < MANY; index++) {
      const browser = cluster.nodes[index % 2]?.browser() as Browser;
      browsers.push(browser);
      expect((await browser.post('/login/shared')).status).toBe(200);
    }
    expect(await countSignedIn(browsers)).toBe(MANY);
    const service = cluster.nodes[0]?.app.get(SessionService) as SessionService;
    // New ids, on all lists, make no further places.
    for (const browser of browsers.slice(-20)) await browser.post('/rotate');
    const listed = await service.list('shared');
    expect(new Set(listed.map(({ handle }) => handle)).size).toBe(MANY);
    expect(listed).toHaveLength(MANY);
    const last = listed.at(-1);
    await service.revoke({ principal: 'shared', handle: last?.handle as string });
    expect(await countSignedIn(browsers)).toBe(MANY - 1);
    const response = await browsers[0]?.post('/logout');
    expect(response?.status).toBe(204);
    expect(await service.revokeOthers(listed[1]?.session as string)).toBe(MANY - 3);
    expect(await service.revokeAll('shared')).toBe(1);
    expect(await countSignedIn(browsers)).toBe(0);
    await cluster.close();
  },
  60_000,
);
