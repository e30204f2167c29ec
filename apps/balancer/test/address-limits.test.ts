import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { ask, openRaw, type RawClient, sendRaw } from './support/client.js';
import { startWorkers } from './support/main-balancer.js';
import { startNode } from './support/upstream-node.js';
import { until } from './support/wait.js';
import { WEBSOCKET_REQUEST } from './support/websocket.js';

const RARELY = { perSecond: 0.01, burst: 2 };

async function limited(options: Parameters<typeof balance>[1] = { rateLimit: RARELY }) {
  const node = closeAfterTest(await startNode('a'));
  return { node, balancer: await balance([node], options) };
}

describe('the rate of requests', () => {
  test('above it is answered 429 as a problem, and no node hears of it', async () => {
    const { node, balancer } = await limited();
    expect((await ask(balancer.url)).status).toBe(200);
    expect((await ask(balancer.url)).status).toBe(200);
    const answer = await ask(balancer.url);
    expect(answer.status).toBe(429);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    });
    const seconds = Number(answer.headers['retry-after']);
    expect(seconds).toBeGreaterThan(90);
    expect(seconds).toBeLessThanOrEqual(100);
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'urn:understudy:rate-limited',
      ...{ status: 429, code: 'rate-limited' },
    });
    expect(node.seen).toHaveLength(2);
    expect(balancer.counters.problems.get('rate-limited')).toBe(1);
    expect(balancer.counters.responses.get('4xx')).toBe(1);
    const { body } = await ask(`${balancer.adminUrl}/metrics`);
    expect(body).toContain('understudy_balancer_problems_total{problem="rate-limited"} 1');
  });

  test('leaves the connection open, unless a body would have to be read for nothing', async () => {
    const { node, balancer } = await limited({ rateLimit: { ...RARELY, burst: 1 } });
    const client = await openRaw(balancer.url);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3));
    await until('all are answered', () => client.received().split('HTTP/1.1 ').length === 4);
    expect(client.received().match(/HTTP\/1.1 \d+/g)).toEqual([
      ...['HTTP/1.1 200', 'HTTP/1.1 429', 'HTTP/1.1 429'],
    ]);
    client.socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc');
    await client.closed;
    expect(node.seen).toHaveLength(1);
  });

  test('does not tell a client to go on with a body', async () => {
    const { balancer } = await limited({ rateLimit: { ...RARELY, burst: 1 } });
    await ask(balancer.url);
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n';
    expect(await sendRaw(balancer.url, head)).toMatch(/^HTTP\/1.1 429 /);
  });

  test('what is ambiguous is refused as such, and counts', async () => {
    const { balancer } = await limited();
    const twice = 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n';
    for (let i = 0; i < 3; i++) {
      expect(await sendRaw(balancer.url, twice)).toMatch(/^HTTP\/1.1 400 /);
    }
    expect((await ask(balancer.url)).status).toBe(429);
  });

  test('holds for WebSockets', async () => {
    const { balancer } = await limited({ rateLimit: { ...RARELY, burst: 1 } });
    await ask(balancer.url);
    const upgrade = WEBSOCKET_REQUEST;
    expect(await sendRaw(balancer.url, upgrade)).toMatch(/^HTTP\/1.1 429 /);
  });

  test('changes at once', async () => {
    const { balancer } = await limited({});
    expect((await ask(balancer.url)).status).toBe(200);
    balancer.reconfigure({ rateLimit: { ...RARELY, burst: 1 }, timeouts: { stopMs: 1 } });
    expect((await ask(balancer.url)).status).toBe(200);
    expect((await ask(balancer.url)).status).toBe(429);
    balancer.reconfigure({ timeouts: { stopMs: 1 } });
    expect((await ask(balancer.url)).status).toBe(200);
  });

  test('is that of a client, not of the proxy that speaks for it', async () => {
    const rateLimit = { ...RARELY, burst: 1 };
    const { balancer } = await limited({ rateLimit, forwarded: { trusted: ['127.0.0.1'] } });
    const from = async (address: string) => {
      const headers = { 'X-Forwarded-For': address };
      return (await ask(balancer.url, { headers })).status;
    };
    expect(await from('192.0.2.1')).toBe(200);
    expect(await from('192.0.2.2')).toBe(200);
    // Whatever it makes up before the address that the proxy saw.
    expect(await from('9.9.9.9, 192.0.2.1')).toBe(429);
    expect(await from('2001:db8::1')).toBe(200);
    expect(await from('2001:db8::2')).toBe(429);
  });
});

describe('connections of one address', () => {
  const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
  const LIMIT = { limits: { connectionsPerAddress: 2 } };

  test('are closed above their bound, until others are', async () => {
    const { balancer } = await limited(LIMIT);
    const [one, two] = [await openRaw(balancer.url), await openRaw(balancer.url)];
    for (const client of [one, two]) {
      client.socket.write(GET);
      await until('it is served', () => client.received().includes(' 200 OK'));
    }
    expect(await sendRaw(balancer.url, GET)).toBe('');
    expect(balancer.counters.refusals.get('address-limit')).toBe(1);
    one.socket.destroy();
    await until('there is room again', async () => {
      return (await ask(balancer.url).catch(() => undefined))?.status === 200;
    });
    two.socket.destroy();
    const { body } = await ask(`${balancer.adminUrl}/metrics`);
    expect(body).toMatch(/refused_connections_total\{reason="address-limit"\} [1-9]/);
  });

  test('are those of the client that a PROXY header names', async () => {
    const { balancer } = await limited({ ...LIMIT, proxyProtocol: { trusted: ['127.0.0.1'] } });
    const open = async (header: string) => {
      const client = await openRaw(balancer.url);
      client.socket.write(`${header}\r\n${GET}`);
      return client;
    };
    const of = (address: string) => open(`PROXY TCP4 ${address} 127.0.0.1 1 2`);
    const many = await Promise.all([
      ...['192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.2', '192.0.2.3'].map(of),
      ...['PROXY UNKNOWN', 'PROXY UNKNOWN', 'PROXY UNKNOWN'].map(open),
    ]);
    for (const client of many) {
      await until('it is served', () => client.received().includes(' 200 OK'));
    }
    expect(await (await of('192.0.2.1')).closed).toBe('');
    for (const { socket } of many) socket.destroy();
  });

  test('do not count where the proxy is trusted to speak for many', async () => {
    const { balancer } = await limited({ ...LIMIT, forwarded: { trusted: ['127.0.0.1'] } });
    const many = await Promise.all([1, 2, 3, 4].map(() => openRaw(balancer.url)));
    for (const client of many) {
      client.socket.write(GET);
      await until('it is served', () => client.received().includes(' 200 OK'));
    }
    for (const { socket } of many) socket.destroy();
  });
});

describe('several workers bound an address together', () => {
  const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

  async function statusOver(client: RawClient): Promise<string | undefined> {
    const before = client.received().length;
    client.socket.write(GET);
    const status = (): string | undefined =>
      /HTTP\/1.1 (\d+)/.exec(client.received().slice(before))?.[1];
    await until('it is answered', () => status() !== undefined);
    return status();
  }

  test('by its requests', async () => {
    const node = closeAfterTest(await startNode('a'));
    const main = await startWorkers([node], {
      ...{ BALANCER_RATE_LIMIT_PER_SECOND: '0.001', BALANCER_RATE_LIMIT_BURST: '200' },
    });
    // New connections go to the workers in turn.
    const [one, other] = [await openRaw(main.url), await openRaw(main.url)];
    for (let i = 0; i < 200; i++) expect(await statusOver(one)).toBe('200');
    expect(await statusOver(one)).toBe('429');
    let passed = 0;
    await until('the other one has heard of it', async () => {
      if ((await statusOver(other)) === '429') return true;
      passed++;
      await new Promise((resolve) => setTimeout(resolve, 25));
      return passed >= 200;
    });
    // By itself it would let as many pass as the first one did.
    expect(passed).toBeLessThan(200);
    for (const { socket } of [one, other]) socket.destroy();
  }, 60_000);

  test('by its connections, those of a worker that was killed no longer', async () => {
    const node = closeAfterTest(await startNode('a'));
    const main = await startWorkers([node], { BALANCER_LIMITS_CONNECTIONS_PER_ADDRESS: '4' });
    const isAdmitted = async (): Promise<boolean> => {
      const client = await openRaw(main.url);
      client.socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      return (await client.closed).includes(' 200 OK');
    };
    const kept = await Promise.all([1, 2, 3, 4].map(() => openRaw(main.url)));
    for (const client of kept) expect(await statusOver(client)).toBe('200');
    // Twice in a row, once at each of them.
    await until('both refuse another one', async () => {
      return !(await isAdmitted()) && !(await isAdmitted());
    });
    const [first = 0] = await main.ready();
    process.kill(first, 'SIGKILL');
    await until('there is room again', isAdmitted, 30_000);
    for (const { socket } of kept) socket.destroy();
  }, 60_000);
});
