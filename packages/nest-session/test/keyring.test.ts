import { Logger } from '@nestjs/common';
import { createMemoryBus, memoryTransport } from '@understudy/replication';
import { afterEach, describe, expect, test } from 'vitest';
import { startCluster as startNode } from '../src/session.cluster.js';
import { Gate, shopController } from './support/shop.js';
import { ADAPTERS } from './support/start-app.js';
import { type RunningCluster, startCluster } from './support/start-cluster.js';
import { until } from './support/until.js';

const SEALED = 1;

let cluster: RunningCluster | undefined;
afterEach(() => cluster?.close());

describe.each(ADAPTERS)('on %s', (adapter) => {
  test('with a keyring nothing between the nodes is in clear (ASVS 12.3.3)', async () => {
    const bus = createMemoryBus();
    const flags: number[] = [];
    let heard = '';
    const tap = memoryTransport({ bus });
    tap.subscribe('us1.>', ({ payload, noResponders }) => {
      if (noResponders) return;
      flags.push((payload[3] as number) & SEALED);
      heard += Buffer.from(payload).toString('latin1');
    });
    const keyring = [{ id: 'k1', secret: 'a secret that every node of the test has' }];
    const controllers = [shopController(new Gate())];
    cluster = await startCluster({ adapter, size: 2, controllers, keyring, bus });
    const [one, two] = cluster.nodes;
    if (!one || !two) throw new Error('two nodes were started');
    const browser = one.browser();
    await browser.post('/cart/brass-lamp');
    expect(await browser.at(two.url).json('/cart')).toEqual({ items: ['brass-lamp'], visits: 0 });
    await until(() => flags.length > 10);
    expect(new Set(flags)).toEqual(new Set([SEALED]));
    expect(heard).not.toContain('brass-lamp');
    await tap.close();
  });
});

test('a key that is too short is refused, and is not shown', async () => {
  const transport = memoryTransport({ bus: createMemoryBus() });
  const keyring = [{ id: 'k1', secret: 'hunter2' }];
  const started = startNode({ cluster: { transport, keyring } }, new Logger());
  await expect(started).rejects.toThrow(/cluster\.keyring\[0\]\.secret is "7 long"/);
});
