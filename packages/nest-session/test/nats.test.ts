import { afterEach, describe, expect, test } from 'vitest';
import { freePort } from './support/free-port.js';
import { hasNatsServer, type RunningNats, startNatsServer } from './support/nats-server.js';
import { sharedCart } from './support/shared-cart.js';
import { shopController } from './support/shop.js';
import { LogKeeper, type RunningApp, startApp } from './support/start-app.js';
import { until } from './support/until.js';

describe.skipIf(!hasNatsServer)('over nats-server', () => {
  let server: RunningNats | undefined;
  const apps: RunningApp[] = [];

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((running) => running.close()));
    await server?.kill();
  });

  test('two applications share sessions, and wait for a bus that is late', async () => {
    const port = await freePort();
    const url = `nats://127.0.0.1:${port}`;
    // Nest's logger is one for the whole process.
    const logs = new LogKeeper();
    const start = (id: string) =>
      startApp({
        adapter: 'express',
        controllers: [shopController()],
        logs,
        options: {
          secret: 'a secret that both of them share',
          cluster: { servers: url, name: 'nats-test', node: { id, label: id } },
        },
      });
    const starting = [start('n1'), start('n2')];
    await until(() => new RegExp(`warn no bus at .*127\\.0\\.0\\.1:${port} yet`).test(logs.text));
    server = await startNatsServer([], port);
    apps.push(...(await Promise.all(starting)));
    const [one, two] = apps as [RunningApp, RunningApp];
    expect((await sharedCart(one, two)).at(-1)).toBe('lamp');
  });
});
