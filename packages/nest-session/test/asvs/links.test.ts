import { createMemoryBus, memoryTransport, SessionCluster } from '@understudy/replication';
import { describe, expect, test } from 'vitest';
import { sessionKeyOf } from '../../src/identity/session-id.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS } from '../support/start-app.js';
import { startCluster } from '../support/start-cluster.js';
import { until } from '../support/until.js';

const KEYRING = [{ id: 'k1', secret: 'a secret that every node of the test has' }];

describe.each(ADAPTERS)('between nodes on %s', (adapter) => {
  test.each([
    ['without a key', undefined],
    ['with a key of its own', [{ id: 'k1', secret: 'what somebody else thinks it might be' }]],
  ])(
    'a peer %s joins nothing, learns nothing and ends nothing (ASVS 12.3.5, 13.2.1)',
    async (_name, keyring) => {
      const bus = createMemoryBus();
      const controllers = [shopController()];
      const cluster = await startCluster({ adapter, size: 2, controllers, keyring: KEYRING, bus });
      const refused: string[] = [];
      for (const node of cluster.nodes) {
        node.cluster.on((event) => event.kind === 'frame-refused' && refused.push(event.reason));
      }
      const browser = cluster.nodes[0]?.browser();
      if (!browser) throw new Error('two nodes were started');
      await browser.post('/login', { id: 'ada' });
      const key = sessionKeyOf(browser.cookies.get('sid')?.split('.')[0] as string);

      const intruder = await SessionCluster.start({
        transport: memoryTransport({ bus }),
        cluster: { name: 'test', ...(keyring && { keyring }) },
        node: { id: 'n3', label: 'n3' },
        joinMs: 200,
      });
      await until(() => refused.length > 0);
      const opened = await intruder.open(key).catch((error: Error) => error);
      expect(opened).not.toMatchObject({ status: 'found' });
      await intruder.destroy(key, 'stolen').catch(() => {});
      await intruder.revokeAll('ada').catch(() => {});
      for (const node of cluster.nodes) {
        expect(
          node.cluster
            .members()
            .map(({ label }) => label)
            .sort(),
        ).toEqual(['n1', 'n2']);
        expect((await browser.at(node.url).fetch('/me')).status).toBe(200);
      }
      await intruder.stop();
      await cluster.close();
    },
    40_000,
  );
});
