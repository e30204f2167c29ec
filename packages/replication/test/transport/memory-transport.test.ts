import { describe, it } from 'vitest';
import { transportConformance } from '../../src/testing/transport-conformance.js';
import { createMemoryBus, memoryTransport } from '../../src/transport/index.js';

const silent = { warn: () => {} };

describe('conformance', () => {
  const cases = transportConformance('in-memory bus', async () => {
    const bus = createMemoryBus();
    return {
      open: async () => {
        const transport = memoryTransport({ bus, logger: silent });
        return {
          transport,
          cut: async () => transport.disconnect(),
          mend: async () => transport.connect(),
        };
      },
      close: async () => {},
    };
  });
  for (const { name, run } of cases) it(name, run);
});
