import assert from 'node:assert/strict';
import type { Tier, TierEvent } from '../tiers/tier.js';
import type { ConformanceCase } from './conformance-case.js';
import { burialCases } from './tier/burial-cases.js';
import { outageCases } from './tier/outage-cases.js';
import { atomicCases, recordCases } from './tier/record-cases.js';
import { type TierFixture, type TierRig, until } from './tier/rig.js';

export interface TierConformanceOptions {
  /** Whether two tiers that write one key at the same moment leave the higher version. Default true. */
  readonly atomic?: boolean | undefined;
  /** Whether the fixture can `stop` and `start` its store, losing what it held. Default false. */
  readonly outages?: boolean | undefined;
}

/**
 * Everything a `Tier` promises, as cases for any test runner:
 *
 * ```ts
 * for (const { name, run } of tierConformance('my store', startMyStore)) it(name, run);
 * ```
 *
 * @param label put before the name of each case
 * @param start brings up a store of its own for one case; tiers a case opened are closed before the
 *   fixture is
 */
export function tierConformance(
  label: string,
  start: () => Promise<TierFixture>,
  options: TierConformanceOptions = {},
): readonly ConformanceCase[] {
  const { atomic = true, outages = false } = options;
  const cases = {
    ...recordCases,
    ...burialCases,
    ...(atomic ? atomicCases : {}),
    ...(outages ? outageCases : {}),
  };
  return Object.entries(cases).map(([name, check]) => ({
    name: `${label}: ${name}`,
    run: () => runCase(start, check),
  }));
}

async function runCase(
  start: () => Promise<TierFixture>,
  check: (rig: TierRig) => Promise<void>,
): Promise<void> {
  const fixture = await start();
  const opened: Tier[] = [];
  try {
    await check({
      async open() {
        const tier = fixture.make();
        const events: TierEvent[] = [];
        opened.push(tier);
        tier.open((event) => events.push(event));
        await until('the tier to be connected', () => events.at(-1)?.kind === 'connected');
        return { tier, events };
      },
      async stop() {
        assert(fixture.stop, 'the fixture offers no stop');
        await fixture.stop();
      },
      async start() {
        assert(fixture.start, 'the fixture offers no start');
        await fixture.start();
      },
    });
  } finally {
    await Promise.all(opened.map((tier) => tier.close()));
    await fixture.close();
  }
}
