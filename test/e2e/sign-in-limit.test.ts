import { describe, expect, it } from 'vitest';
import type { System } from '../../scripts/cluster/system.mjs';
import { BUSES, FAILOVER_TIMEOUT_MS, useSystem } from './running-system.js';
import { expectStatus } from './shop-api.js';
import { Visitor } from './visitor.js';

/** More than any sensible limit; the loop must end before. */
const MANY = 60;

/** Tries wrong passwords, each time as a new browser at the next node, until it is refused. */
async function triesUntilRefused(urls: readonly string[], username: string): Promise<number> {
  for (let tries = 0; tries < MANY; tries += 1) {
    const url = urls[tries % urls.length] ?? '';
    const answer = await new Visitor(url).post('/api/login', { username, password: 'wrong' });
    if (answer.status === 429) return tries;
    expectStatus(answer, 401);
  }
  throw new Error(`not refused within ${MANY} tries`);
}

const nodeUrls = (system: System) => system.shops.flatMap((shop) => shop.url ?? []);

describe.each(BUSES)('the limit of sign-ins over the $bus bus', ({ bus, missing }) => {
  describe.skipIf(missing)('for one account', () => {
    const system = useSystem({ bus });

    it(
      'is the same for three nodes as for one, and outlives each of them',
      async () => {
        const atOne = await triesUntilRefused(nodeUrls(system()).slice(0, 1), 'first-account');
        expect(atOne).toBeGreaterThan(0);
        const atAll = await triesUntilRefused(nodeUrls(system()), 'second-account');
        // Time passes between the tries, and with it the limit gives one back at most.
        expect(Math.abs(atAll - atOne)).toBeLessThanOrEqual(1);

        for (const shop of system().shops) {
          await shop.kill();
          await system().settled();
          const again = await triesUntilRefused(nodeUrls(system()), 'second-account');
          expect(again, `after ${shop.id} was killed`).toBeLessThanOrEqual(1);
        }
      },
      FAILOVER_TIMEOUT_MS * 2,
    );
  });
});
