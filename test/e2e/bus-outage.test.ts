import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCluster } from '../../scripts/cluster/admin.mjs';
import { type Bus, startBus } from '../../scripts/cluster/bus.mjs';
import { type System, startSystem } from '../../scripts/cluster/system.mjs';
import { waitFor } from '../../scripts/cluster/wait-for.mjs';
import { freePort } from '../free-port.js';
import { BUSES, FAILOVER_TIMEOUT_MS, START_TIMEOUT_MS } from './running-system.js';
import { addToCart, firstArticles, killOwner, readCart, whoami } from './shop-api.js';
import { Visitor } from './visitor.js';

/** A node that does not lead the session says at once who does, and the balancer goes there. */
async function expectFollowed(system: System, visitor: Visitor, holder: string) {
  const { owner } = await whoami(visitor);
  const { nodes } = await readCluster(system.adminUrl);
  const others = nodes.filter(({ label }) => label !== owner);
  expect(others).toHaveLength(2);
  for (const { url } of others) {
    const { status, headers } = await visitor.copy().get('/api/cart', { at: url });
    expect([status, headers.get('x-understudy-not-mine')]).toEqual([421, owner]);
  }
  // Without its route cookie only a holder of the copy knows for certain whose it is.
  const misrouted = visitor.copy();
  misrouted.routeTo(holder);
  expect((await whoami(misrouted)).node).toBe(owner);
}

describe.each(BUSES)('an outage of the $bus bus', ({ bus: kind, missing }) => {
  describe.skipIf(missing)('while people shop', () => {
    let directory = '';
    let port = 0;
    let bus: Bus | undefined;
    let system: System | undefined;

    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'understudy-outage-'));
      port = await freePort();
      bus = await startBus({ directory, kind, port });
      system = await startSystem({ nodes: 3, directory, busUrl: bus.url });
    }, START_TIMEOUT_MS);
    afterAll(async () => {
      await system?.stop();
      await bus?.stop();
      rmSync(directory, { recursive: true, force: true });
    }, START_TIMEOUT_MS);

    it(
      'stops nobody, and afterwards every session has its copy again',
      async () => {
        if (system === undefined || bus === undefined) throw new Error('not started');
        const visitors = Array.from({ length: 6 }, () => new Visitor(system?.url ?? ''));
        const [sku = ''] = await firstArticles(visitors[0] as Visitor, 1);
        for (const visitor of visitors) await addToCart(visitor, sku, 1);

        const holders: string[] = [];
        for (const visitor of visitors) {
          holders.push((await whoami(visitor)).backups[0] ?? '');
        }
        await bus.process?.kill();
        for (const visitor of visitors) expect(await readCart(visitor)).toEqual({ [sku]: 1 });
        for (const visitor of visitors) await addToCart(visitor, sku, 1);
        for (const [index, visitor] of visitors.entries()) {
          await expectFollowed(system, visitor, holders[index] ?? '');
          expect(await readCart(visitor)).toEqual({ [sku]: 2 });
        }

        bus = await startBus({ directory, kind, port });
        await system.settled();
        for (const visitor of visitors) {
          await waitFor(
            'a copy of what was added meanwhile',
            async () => (await whoami(visitor)).backups.length > 0,
            { deadlineMs: 30_000 },
          );
        }
        await killOwner(system, visitors[0] as Visitor);
        for (const visitor of visitors) expect(await readCart(visitor)).toEqual({ [sku]: 2 });
      },
      FAILOVER_TIMEOUT_MS * 2,
    );
  });
});
