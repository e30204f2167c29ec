import { Logger } from '@nestjs/common';
import { memoryTransport } from '@understudy/replication';
import { expect, test } from 'vitest';
import { sessionKeyOf } from '../src/identity/session-id.js';
import type { SessionClusterOptions } from '../src/index.js';
import { normalizeSessionOptions } from '../src/options/normalize-options.js';
import { startCluster } from '../src/session.cluster.js';

const secret = 'a secret that is long enough for all';

function start(cluster: SessionClusterOptions) {
  const given = { secret, cluster: { transport: memoryTransport(), joinMs: 0, ...cluster } };
  const environment = { production: false, randomSecret: () => secret };
  return startCluster(normalizeSessionOptions(given, environment), new Logger());
}

test.each<[string, SessionClusterOptions]>([
  ['callTimeoutMs', { callTimeoutMs: 5 }],
  ['joinMs', { joinMs: -1 }],
  ['repair.bytesPerSecond', { repair: { bytesPerSecond: 1 } }],
  ['backups', { backups: 9 }],
  ['onIsolation', { onIsolation: 'panic' as never }],
  ['timings', { timings: 'never' as never }],
])('the engine gets cluster.%s, and refuses what it cannot use', async (name, options) => {
  await expect(start(options)).rejects.toThrow(`${name} is`);
});

test('a node with a bound on its memory refuses new sessions instead of growing', async () => {
  const cluster = await start({ memory: { maxBytes: '1mb' } });
  try {
    const data = { text: 'x'.repeat(100_000) };
    const create = (index: number) =>
      cluster.create({
        key: sessionKeyOf(`${index}`),
        data,
        system: {},
        idleTimeoutMs: 60_000,
        absoluteTimeoutMs: 60_000,
      });
    const all = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => create(index)));
    const refused = all.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(5);
    expect(`${(refused[0] as PromiseRejectedResult).reason}`).toMatch(/memory\.maxBytes/);
  } finally {
    await cluster.stop();
  }
});
