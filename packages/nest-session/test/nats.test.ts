import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { shopController } from './support/shop.js';
import { LogKeeper, type RunningApp, startApp } from './support/start-app.js';
import { until } from './support/until.js';

/** Where nats-server is; undefined where there is none, and these tests are skipped. */
function natsServer(): string | undefined {
  const path = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;
  try {
    execFileSync('nats-server', ['--version'], { env: { ...process.env, PATH: path } });
    return path;
  } catch {
    return undefined;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const path = natsServer();

describe.skipIf(path === undefined)('over nats-server', () => {
  let server: ChildProcess | undefined;
  const apps: RunningApp[] = [];

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((running) => running.close()));
    server?.kill();
    if (server && server.exitCode === null) await once(server, 'exit');
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
    const env = { ...process.env, PATH: path };
    server = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port)], {
      env,
      stdio: 'ignore',
    });
    apps.push(...(await Promise.all(starting)));
    const [one, two] = apps as [RunningApp, RunningApp];
    const browser = one.browser();
    await until(async () => {
      const response = await browser.post('/cart/lamp');
      return response.headers.get('session-info')?.endsWith('copies=1') ?? false;
    });
    const { items } = await browser.at(two.url).json<{ items: string[] }>('/cart');
    expect(items.at(-1)).toBe('lamp');
  });
});
