import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { startChildNode } from './support/child-process.js';
import { ask, openRaw, routeCookie } from './support/client.js';
import { startNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

interface Entry {
  readonly id: string;
  readonly key: string;
  readonly node: string;
}

/** Where nodes record what they did; survives them. */
async function startLedger() {
  const entries: Entry[] = [];
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '/', 'http://ledger').searchParams;
    const value = (name: string) => query.get(name) ?? '';
    entries.push({ id: value('id'), key: value('key'), node: value('node') });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return closeAfterTest({ url, entries, close });
}

describe('a node killed under load', () => {
  test('no idempotent or keyed request fails, and nothing unkeyed runs twice', async () => {
    const ledger = await startLedger();
    const nodes = await Promise.all(
      ['a', 'b', 'c'].map((label) => startChildNode(label, { LEDGER_URL: ledger.url })),
    );
    nodes.forEach(closeAfterTest);
    const balancer = await balance(nodes);
    const cookie = routeCookie('a', 'b');
    const plain: number[] = [];
    let issued = 0;
    let killed = false;
    const worker = async (): Promise<void> => {
      for (let afterwards = 0; afterwards < 10; ) {
        const id = String(issued++);
        const headers = { cookie, 'x-id': id };
        const keyed = { ...headers, 'idempotency-key': `"${id}"` };
        if (killed) afterwards++;
        const kind = issued % 3;
        const answer = await ask(balancer.url, {
          method: kind === 0 ? 'GET' : 'POST',
          headers: kind === 1 ? keyed : headers,
        });
        if (kind === 2) plain.push(answer.status);
        else expect(answer.status).toBe(200);
      }
    };
    const workers = Array.from({ length: 20 }, worker);
    await until('a hundred effects', () => ledger.entries.length > 100);
    nodes[0]?.signal('SIGKILL');
    killed = true;
    await Promise.all(workers);

    const nodesById = new Map<string, string[]>();
    for (const { id, node } of ledger.entries) {
      nodesById.set(id, [...(nodesById.get(id) ?? []), node]);
    }
    const twice = [...nodesById].filter(([, where]) => where.length > 1);
    const isKeyed = (id: string) => ledger.entries.find((entry) => entry.id === id)?.key !== '';
    for (const [id, where] of twice) {
      expect(where).toEqual(['a', 'b']);
      expect(isKeyed(id)).toBe(true);
    }
    expect(plain.every((status) => status === 200 || status === 502)).toBe(true);
    const { retries } = balancer.counters;
    expect(retries.get('lost') + retries.get('unreachable')).toBeGreaterThan(0);
    expect(balancer.counters.failovers.get('holder')).toBeGreaterThan(0);
    expect(balancer.counters.failovers.get('other')).toBe(0);
  });
});

describe('a frozen node', () => {
  test('what may run twice moves on once the health checks fail; the rest waits', async () => {
    const a = closeAfterTest(await startChildNode('a'));
    const b = closeAfterTest(await startNode('b'));
    const balancer = await balance([a, b], {
      healthChecks: true,
      health: { intervalMs: 50, timeoutMs: 100 },
      timeouts: { firstByteMs: 2_000 },
    });
    const headers = { cookie: routeCookie('a', 'b') };
    a.signal('SIGSTOP');
    const [safe, keyed, unsafe] = await Promise.all([
      ask(balancer.url, { headers }),
      ask(balancer.url, { method: 'POST', headers: { ...headers, 'idempotency-key': 'k' } }),
      ask(balancer.url, { method: 'POST', headers }),
    ]);
    expect(safe.body).toBe('b');
    expect(keyed.body).toBe('b');
    expect(unsafe.status).toBe(504);
    expect(JSON.parse(unsafe.body).type).toBe('urn:understudy:upstream-timeout');
  });

  test('whose queue of connections is full costs the connect timeout, no more', async () => {
    const a = closeAfterTest(await startChildNode('a', { BACKLOG: '1' }));
    const b = closeAfterTest(await startNode('b'));
    const balancer = await balance([a, b], { timeouts: { connectMs: 100 } });
    a.signal('SIGSTOP');
    const fillers = await Promise.all([openRaw(a.url), openRaw(a.url)]);
    const headers = { cookie: routeCookie('a', 'b') };
    const answer = await ask(balancer.url, { method: 'POST', body: 'x', headers });
    expect(answer.body).toBe('b');
    for (const { socket } of fillers) socket.destroy();
  });
});
