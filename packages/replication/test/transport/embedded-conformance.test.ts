import { afterAll, beforeAll, describe, it } from 'vitest';
import { transportConformance } from '../../src/testing/index.js';
import { type EmbeddedBus, startEmbeddedBus } from '../../src/transport/index.js';
import { natsFixture, OPENINGS } from './nats-fixtures.js';

describe('conformance with the embedded bus', () => {
  let bus: EmbeddedBus;
  beforeAll(async () => {
    bus = await startEmbeddedBus();
  });
  afterAll(() => bus?.close());

  for (const [label, opening] of Object.entries(OPENINGS)) {
    const cases = transportConformance(label, async () => natsFixture(bus.port, opening));
    for (const { name, run } of cases) it(name, run);
  }
});
