import assert from 'node:assert/strict';
import type { ConformanceCase } from './conformance-case.js';
import { deliveryCases } from './transport/delivery-cases.js';
import { hintCases } from './transport/hint-cases.js';
import { lifecycleCases } from './transport/lifecycle-cases.js';
import { outageCases } from './transport/outage-cases.js';
import type {
  TransportCases,
  TransportFixture,
  TransportRig,
  TransportUnderTest,
} from './transport/rig.js';
import { subscriptionCases } from './transport/subscription-cases.js';

const STEADY: TransportCases = {
  ...deliveryCases,
  ...subscriptionCases,
  ...hintCases,
  ...lifecycleCases,
};

export interface TransportConformanceOptions {
  /** Whether the transports can be `cut` and `mend`ed; else those cases are left out. Default true. */
  readonly outages?: boolean | undefined;
}

/**
 * Everything a `Transport` promises, as cases for any test runner:
 *
 * ```ts
 * for (const { name, run } of transportConformance('my bus', startMyBus)) it(name, run);
 * ```
 *
 * @param label put before the name of each case
 * @param start brings up a bus of its own for one case; transports a case opened are closed before
 *   the fixture is
 */
export function transportConformance(
  label: string,
  start: () => Promise<TransportFixture>,
  options: TransportConformanceOptions = {},
): readonly ConformanceCase[] {
  const { outages = true } = options;
  return Object.entries({ ...STEADY, ...(outages ? outageCases : {}) }).map(([name, check]) => ({
    name: `${label}: ${name}`,
    run: () => runCase(start, check),
  }));
}

async function runCase(
  start: () => Promise<TransportFixture>,
  check: (rig: TransportRig) => Promise<void>,
): Promise<void> {
  const fixture = await start();
  const opened: TransportUnderTest[] = [];
  const open = async () => {
    const one = await fixture.open();
    opened.push(one);
    return one;
  };
  try {
    await check({
      open: async () => (await open()).transport,
      openCuttable: async () => {
        const { transport, cut, mend } = await open();
        assert(cut !== undefined && mend !== undefined, 'the fixture offers no cut and mend');
        return { transport, cut, mend };
      },
    });
  } finally {
    await Promise.all(opened.map(({ transport }) => transport.close()));
    await fixture.close();
  }
}
