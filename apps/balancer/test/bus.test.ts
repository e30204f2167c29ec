import { expect, test } from 'vitest';
import { closeAfterTest } from './support/bench.js';
import { NATS_SERVER, startBroker, startMembers } from './support/bus.js';
import { ask } from './support/client.js';
import { startMain } from './support/main-process.js';
import { refusingUrl } from './support/upstream-node.js';
import { until } from './support/wait.js';

test.skipIf(NATS_SERVER === undefined)(
  'the program waits for its bus, finds the nodes there, drains one and stops',
  async () => {
    const { port } = new URL(await refusingUrl());
    const servers = `nats://127.0.0.1:${port}`;
    const main = closeAfterTest(
      startMain({ PORT: '0', ADMIN_PORT: '0', UNDERSTUDY_BUS: servers, UNDERSTUDY_CLUSTER: 'bt' }),
    );
    await until('it says what it waits for', () => main.output().includes('no bus at'));
    startBroker(port);
    await startMembers(servers, ['n1', 'n2']);
    await until('it listens', () => main.output().includes('balancer listening'));
    const [, url, admin] = /on (\S+), admin (\S+)/.exec(main.output()) ?? [];
    const states = async () => {
      const { nodes } = JSON.parse((await ask(`${admin}/api/cluster`)).body) as {
        nodes: { state: string }[];
      };
      return nodes.map(({ state }) => state).join(' ');
    };
    await until('both nodes are active', async () => (await states()) === 'active active');
    expect((await ask(`${url}`)).body).toMatch(/^n[12]$/);
    const headers = { 'X-Requested-With': 'test' };
    await ask(`${admin}/api/nodes/n1/drain`, { method: 'POST', headers });
    await until('one drains', async () => (await states()) !== 'active active');
    for (let i = 0; i < 5; i++) expect((await ask(`${url}`)).body).toBe('n2');
    main.signal('SIGTERM');
    expect(await main.exit).toBe(0);
  },
);

test.skipIf(NATS_SERVER === undefined)(
  'export writes the nodes on the bus beside those of the list, and ends',
  async () => {
    const { port } = new URL(await refusingUrl());
    const servers = `nats://127.0.0.1:${port}`;
    startBroker(port);
    await startMembers(servers, ['n1', 'n2']);
    const environment = { UNDERSTUDY_CLUSTER: 'bt', BALANCER_NODES: 'n0=http://h:1' };
    const main = closeAfterTest(startMain(environment, ['export', 'haproxy', '--bus', servers]));
    expect(await main.exit).toBe(0);
    const labels = [...main.output().matchAll(/^ {4}server (\S+)/gm)].map(([, label]) => label);
    // Each method of affinity has a group of them.
    expect([...new Set(labels)].sort()).toEqual(['n0', 'n1', 'n2']);
  },
);
