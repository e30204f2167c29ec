import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readCluster } from '../../scripts/cluster/admin.mjs';
import { ManagedProcess } from '../../scripts/cluster/managed-process.mjs';
import { ROOT } from '../../scripts/cluster/paths.mjs';
import { isRunning } from '../../scripts/cluster/process-identity.mjs';
import { HOST } from '../../scripts/cluster/programs.mjs';
import { waitFor } from '../../scripts/cluster/wait-for.mjs';
import { START_TIMEOUT_MS } from './running-system.js';

const DEADLINE = { deadlineMs: 30_000 };

describe('npm start', () => {
  const launchers: ManagedProcess[] = [];
  afterEach(async () => {
    await Promise.all(launchers.splice(0).map((launcher) => launcher.stop(30_000)));
  });

  /** As in CI: no terminal, stdin closed. */
  function start(...flags: string[]): ManagedProcess {
    const launcher = new ManagedProcess({
      name: 'launcher',
      command: process.execPath,
      args: [join(ROOT, 'scripts/start.mjs'), ...flags],
      cwd: ROOT,
    });
    launchers.push(launcher);
    return launcher;
  }

  async function startOnFreePorts(...flags: string[]) {
    const launcher = start('--port', '0', '--admin-port', '0', ...flags);
    const [, shopUrl = ''] = await launcher.waitForLine(/Shop +(http\S+)/, START_TIMEOUT_MS);
    const [, adminUrl = ''] = await launcher.waitForLine(/Dashboard +(http\S+)/);
    return { launcher, shopUrl, adminUrl };
  }

  const pidsOf = async (adminUrl: string) =>
    (await readCluster(adminUrl)).nodes.map((node) => node.pid);

  it(
    'says where the shop is, brings back a node that was killed, and leaves nothing behind',
    async () => {
      const { launcher, shopUrl, adminUrl } = await startOnFreePorts('--nodes', '2');
      expect((await fetch(shopUrl)).status).toBe(200);
      const before = await pidsOf(adminUrl);
      expect(before).toHaveLength(2);

      process.kill(before[0] ?? 0, 'SIGKILL');
      await launcher.waitForLine(/died \(SIGKILL\); it is started again/);
      const after = await waitFor(
        'a successor',
        async () => {
          const pids = (await readCluster(adminUrl)).nodes
            .filter((node) => node.state === 'active')
            .map((node) => node.pid);
          return pids.length === 2 && !pids.includes(before[0] ?? 0) && pids;
        },
        DEADLINE,
      );

      launcher.signal('SIGINT');
      expect(await launcher.exited).toEqual({ code: 0, signal: null });
      expect(launcher.output.last().at(-1)).toBe('Stopped.');
      for (const pid of [...before, ...after]) expect(isRunning(pid)).toBe(false);
    },
    START_TIMEOUT_MS,
  );

  it(
    'leaves nothing behind when it is killed itself',
    async () => {
      const { launcher, adminUrl } = await startOnFreePorts('--nodes', '1');
      const pids = await pidsOf(adminUrl);
      await launcher.kill();
      for (const pid of pids) {
        await waitFor(`the end of ${pid}`, () => !isRunning(pid), DEADLINE);
      }
      await waitFor(
        'the end of the balancer',
        () =>
          fetch(adminUrl).then(
            () => false,
            () => true,
          ),
        DEADLINE,
      );
    },
    START_TIMEOUT_MS,
  );

  it.each([
    ['--port', 'shop'],
    ['--admin-port', 'dashboard'],
  ])('names the port and %s when the port is taken', async (flag, what) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    const { port } = server.address() as AddressInfo;
    const launcher = start('--port', '0', '--admin-port', '0', flag, String(port));
    expect((await launcher.exited).code).toBe(1);
    expect(launcher.output.last()).toEqual([
      `Port ${port}, wanted for the ${what}, is taken by another program. ` +
        `Choose another with ${flag} <port>.`,
    ]);
    server.close();
  });

  it('refuses a flag it does not know, in one line', async () => {
    const launcher = start('--portt', '1');
    expect((await launcher.exited).code).toBe(1);
    expect(launcher.output.last()).toHaveLength(1);
    expect(launcher.output.last()[0]).toMatch(/^Unknown flag --portt\. Known: --nodes /);
  });

  it('explains itself', async () => {
    const launcher = start('--help');
    expect((await launcher.exited).code).toBe(0);
    expect(launcher.output.last().join('\n')).toMatch(/--nodes N .*k {2}kill -9/s);
  });
});
