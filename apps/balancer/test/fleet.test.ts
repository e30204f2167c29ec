import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { staticDirectory } from '../src/directory/static-directory.js';
import { startBalancer } from '../src/start-balancer.js';
import { balance, closeAfterTest } from './support/bench.js';
import { ask, routeCookie } from './support/client.js';
import { refusingUrl, startNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

test('a node that comes back as a new process starts with a clean record', async () => {
  const a = closeAfterTest(await startNode('a'));
  const b = closeAfterTest(await startNode('b'));
  const balancer = await balance([{ label: 'a', url: await refusingUrl() }, b]);
  const toA = { headers: { cookie: routeCookie('a') } };
  expect((await ask(balancer.url, toA)).body).toBe('b');
  balancer.directory.replace([a, b]);
  expect((await ask(balancer.url, toA)).body).toBe('a');
});

test('connections to a node that left are closed', async () => {
  const a = closeAfterTest(await startNode('a'));
  const balancer = await balance([a]);
  await ask(balancer.url);
  expect(a.sockets.size).toBe(1);
  balancer.directory.replace([]);
  await until('they are closed', () => a.sockets.size === 0, 2_000);
  expect((await ask(balancer.url)).status).toBe(503);
});

test('a check that began before a restart says nothing about the new process', async () => {
  const asked: string[] = [];
  const silent = createServer((request) => void asked.push(request.url ?? ''));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  closeAfterTest({
    close: () =>
      new Promise((resolve) => {
        silent.close(resolve);
        silent.closeAllConnections();
      }),
  });
  const reports: string[] = [];
  const directory = staticDirectory([{ label: 'a', url: `http://127.0.0.1:${port}` }]);
  const balancer = await startBalancer({
    directory: { ...directory, reportUnreachable: (label) => void reports.push(label) },
    port: 0,
    adminPort: 0,
    health: { fall: 1, intervalMs: 20, timeoutMs: 200 },
    timeouts: { stopMs: 200 },
  });
  closeAfterTest({ close: () => balancer.stop() });
  await until('the first process is asked', () => asked.length === 1);
  const successor = closeAfterTest(await startNode('a'));
  directory.replace([successor]);
  await until('its successor is known to be well', () => {
    return balancer.fleet.byLabel('a')?.health.verdict === 'ready';
  });
  expect(reports).toEqual([]);
});

test('health checks find a node that recovered, and one that drains by itself', async () => {
  let status = 503;
  const a = closeAfterTest(await startNode('a'));
  a.server.removeAllListeners('request');
  a.server.on('request', (_request, response) => {
    response.statusCode = status;
    response.end();
  });
  const balancer = await balance([a], { healthChecks: true, health: { intervalMs: 20 } });
  const availability = () => balancer.fleet.byLabel('a')?.availability;
  await until('it is suspect', () => availability() === 'suspect');
  status = 200;
  await until('it is up', () => availability() === 'up');
  status = 404;
  await until('it drains', () => availability() === 'draining');
});

test('a node that says it is down is passed over, and neither accused nor robbed of its requests', async () => {
  let health = 200;
  const held: { end(text: string): unknown }[] = [];
  const a = closeAfterTest(await startNode('a', (_request, response) => held.push(response)));
  const [own] = a.server.listeners('request') as ((...args: unknown[]) => void)[];
  a.server.removeAllListeners('request');
  a.server.on('request', (request, response) => {
    if (request.url !== '/healthz') return own?.(request, response);
    response.statusCode = health;
    response.end();
  });
  const b = closeAfterTest(await startNode('b'));
  const reports: string[] = [];
  const directory = staticDirectory([a, b].map(({ label, url }) => ({ label, url })));
  const balancer = await startBalancer({
    directory: { ...directory, reportUnreachable: (label) => void reports.push(label) },
    port: 0,
    adminPort: 0,
    health: { intervalMs: 20 },
    timeouts: { stopMs: 200 },
  });
  closeAfterTest({ close: () => balancer.stop() });
  const toA = { headers: { cookie: routeCookie('a') } };
  const first = ask(balancer.url, toA);
  await until('it is at the node', () => held.length === 1);
  health = 503;
  const node = balancer.fleet.byLabel('a');
  await until('it is suspect', () => node?.availability === 'suspect');
  expect((await ask(balancer.url, toA)).body).toBe('b');
  held[0]?.end('a');
  expect((await first).body).toBe('a');
  expect(reports).toEqual([]);
  await a.close();
  await until('it is reported when it does not answer', () => reports.length === 1);
  expect(reports).toEqual(['a']);
});

describe('the cluster is told of a dead node at once', () => {
  async function reporting() {
    const a = closeAfterTest(await startNode('a'));
    const b = closeAfterTest(await startNode('b'));
    const reports: string[] = [];
    const directory = staticDirectory([a, b].map(({ label, url }) => ({ label, url })));
    const balancer = await startBalancer({
      directory: { ...directory, reportUnreachable: (label) => void reports.push(label) },
      port: 0,
      adminPort: 0,
      // No check in turn will come in time.
      health: { intervalMs: 3_600_000 },
      timeouts: { stopMs: 200 },
    });
    closeAfterTest({ close: () => balancer.stop() });
    const node = balancer.fleet.byLabel('a');
    if (node === undefined) throw new Error('there is no a');
    await until('the first check is over', () => node.health.verdict === 'ready');
    const lose = (times: number): void => {
      for (let i = 0; i < times; i++) {
        balancer.fleet.failed(node, 'failing', balancer.fleet.sent(node));
      }
    };
    return { a, balancer, node, reports, lose };
  }

  test('though no request meets its refusal, because enough were lost before', async () => {
    const { a, node, reports, lose } = await reporting();
    await a.close();
    lose(5);
    expect(node.circuitPhase).toBe('open');
    await until('it is reported', () => reports.length > 0);
    expect(reports).toEqual(['a']);
  });

  test('and when one does meet it, behind those that were lost', async () => {
    const { balancer, node, reports, lose } = await reporting();
    lose(5);
    balancer.fleet.failed(node, 'refused', balancer.fleet.options.now());
    balancer.fleet.failed(node, 'refused', balancer.fleet.options.now());
    expect(reports).toEqual(['a']);
  });

  test('but one that loses requests and accepts connections is not accused', async () => {
    const { a, node, reports, lose } = await reporting();
    const asked = new Promise((resolve) => a.server.once('request', resolve));
    lose(5);
    await asked;
    await until('the look is over', () => a.sockets.size === 0);
    expect(node.availability).toBe('suspect');
    expect(reports).toEqual([]);
  });
});
