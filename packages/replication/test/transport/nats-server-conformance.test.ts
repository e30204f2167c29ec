import { afterAll, beforeAll, describe, it } from 'vitest';
import { transportConformance } from '../../src/testing/index.js';
import { natsFixture, OPENINGS } from './nats-fixtures.js';
import { NATS_SERVER, type RunningServer, startNatsServer } from './nats-server.js';

describe.skipIf(NATS_SERVER === undefined)('conformance with nats-server', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server?.kill());

  for (const [label, opening] of Object.entries(OPENINGS)) {
    const cases = transportConformance(label, async () => natsFixture(server.port, opening));
    for (const { name, run } of cases) it(name, run);
  }
});
