import { describe, expect, it } from 'vitest';
import type { System } from '../../scripts/cluster/system.mjs';
import { BUSES, FAILOVER_TIMEOUT_MS, useSystem } from './running-system.js';
import { expectStatus } from './shop-api.js';
import { Visitor } from './visitor.js';

/** More than any sensible limit; the loop must end before. */
const MANY = 60;

/** The shop's limit gives one attempt back in this time, and no test may judge how long it took. */
const GIVES_BACK_MS = 60_000;

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

/** How many attempts the limit may have given back since then. */
function givenBackSince(thenMs: number): number {
  return 1 + Math.floor((Date.now() - thenMs) / GIVES_BACK_MS);
}

const nodeUrls = (system: System) => system.shops.flatMap((shop) => shop.url ?? []);

describe.each(BUSES)('the limit of sign-ins over the $bus bus', ({ bus, missing }) => {
  describe.skipIf(missing)('for one account', () => {
    const system = useSystem({ bus });

    it(
      'is the same for three nodes as for one, and outlives each of them',
      async () => {
        const startedMs = Date.now();
        const atOne = await triesUntilRefused(nodeUrls(system()).slice(0, 1), 'first-account');
        expect(atOne).toBeGreaterThan(0);
        const atAll = await triesUntilRefused(nodeUrls(system()), 'second-account');
        expect(Math.abs(atAll - atOne)).toBeLessThanOrEqual(givenBackSince(startedMs));

        for (const shop of system().shops) {
          const refusedMs = Date.now();
          await shop.kill();
          await system().settled();
          const again = await triesUntilRefused(nodeUrls(system()), 'second-account');
          const most = givenBackSince(refusedMs);
          expect(again, `after ${shop.id} was killed`).toBeLessThanOrEqual(most);
        }
      },
      FAILOVER_TIMEOUT_MS * 2,
    );
  });
});
