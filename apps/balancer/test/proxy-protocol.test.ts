import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { makeCertificate, OPENSSL } from './support/certificates.js';
import { openRaw, sendRaw } from './support/client.js';
import { openTls } from './support/tls-client.js';
import { startNode, type TestNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const GET = 'GET /one HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n';
const V1 = 'PROXY TCP4 192.0.2.1 198.51.100.2 4711 80\r\n';
const V2 = Buffer.concat([
  Buffer.from('\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x14', 'latin1'),
  Buffer.from([192, 0, 2, 7, 198, 51, 100, 2, 0x12, 0x67, 0, 80, 0x20, 0, 5, 1, 0, 0, 0, 0]),
]).toString('latin1');
const LOCAL = '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0';
const LOOPBACK = { proxyProtocol: { trusted: ['127.0.0.0/8'] } };

async function behindProxy(options: Parameters<typeof balance>[1] = LOOPBACK) {
  const node = closeAfterTest(await startNode('a'));
  return { node, balancer: await balance([node], options) };
}

/** What the node was told of where its last request came from. */
function told(node: TestNode, name = 'X-Forwarded-For'): string | undefined {
  const fields = node.seen.at(-1)?.rawHeaders ?? [];
  const at = fields.indexOf(name);
  return at < 0 ? undefined : fields[at + 1];
}

describe('a PROXY header', () => {
  test.each([
    ['of version 1', V1, '192.0.2.1', 'http'],
    ['of version 2, for a client with TLS', V2, '192.0.2.7', 'https'],
    ['of a check by the proxy itself', LOCAL, '127.0.0.1', 'http'],
    ['that knows nothing', 'PROXY UNKNOWN\r\n', '127.0.0.1', 'http'],
  ])('%s tells where requests come from', async (_name, header, address, protocol) => {
    const { node, balancer } = await behindProxy();
    expect(await sendRaw(balancer.url, header + GET)).toContain(' 200 OK');
    expect(told(node)).toBe(address);
    expect(told(node, 'X-Forwarded-Proto')).toBe(protocol);
  });

  test.each([
    ['version 1', V1],
    ['version 2', V2],
  ])('of %s may come in any parts, with the first request or before it', async (_name, header) => {
    const { node, balancer } = await behindProxy();
    const bytes = header + GET;
    for (let cut = 1; cut <= header.length + 5; cut++) {
      const client = await openRaw(balancer.url);
      client.socket.setNoDelay();
      client.socket.write(bytes.slice(0, cut), 'latin1');
      await new Promise((resolve) => setTimeout(resolve, 2));
      client.socket.write(bytes.slice(cut), 'latin1');
      expect(await client.closed).toContain(' 200 OK');
      expect(node.seen).toHaveLength(cut);
    }
    expect(new Set(node.seen.map(({ url }) => url))).toEqual(new Set(['/one']));
  });

  test('holds for every request of its connection', async () => {
    const { node, balancer } = await behindProxy();
    const post = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello';
    const answers = await sendRaw(balancer.url, V1 + post + post + GET);
    expect(answers.split(' 200 OK')).toHaveLength(4);
    // On several connections to the node, so in any order.
    expect(node.seen.map(({ body }) => body).sort()).toEqual(['', 'hello', 'hello']);
    const addresses = node.seen.map(({ rawHeaders }) => rawHeaders.join().includes('192.0.2.1'));
    expect(addresses).toEqual([true, true, true]);
  });

  test('is due from a proxy that sends one: anything else is closed without a word', async () => {
    const { node, balancer } = await behindProxy();
    for (const bytes of [GET, 'PROXY TCP4 1.2.3.4\r\n', `X${V1}${GET}`, V2.slice(0, 12) + GET]) {
      expect(await sendRaw(balancer.url, bytes)).toBe('');
    }
    expect(node.sockets.size).toBe(0);
    expect(balancer.counters.refusals.get('proxy-header')).toBe(4);
  });

  test('a second one is no HTTP', async () => {
    const { node, balancer } = await behindProxy();
    expect(await sendRaw(balancer.url, V1 + V1 + GET)).toMatch(/^HTTP\/1.1 400 /);
    expect(node.sockets.size).toBe(0);
  });

  test('is no HTTP where it comes from somebody else, and nobody is believed', async () => {
    const { node, balancer } = await behindProxy({ proxyProtocol: { trusted: ['10.0.0.0/8'] } });
    for (const header of [V1, V2]) {
      expect(await sendRaw(balancer.url, header + GET)).toMatch(/^HTTP\/1.1 400 /);
    }
    expect(node.sockets.size).toBe(0);
    expect(await sendRaw(balancer.url, GET)).toContain(' 200 OK');
    expect(told(node)).toBe('127.0.0.1');
  });

  test('that does not come in time is given up', async () => {
    const timeouts = { proxyHeaderMs: 50 };
    const { balancer } = await behindProxy({ ...LOOPBACK, timeouts });
    const silent = await openRaw(balancer.url);
    expect(await silent.closed).toBe('');
    const slow = await openRaw(balancer.url);
    slow.socket.write('PROXY TC');
    expect(await slow.closed).toBe('');
    await until('both are counted', () => balancer.counters.refusals.get('proxy-header') === 2);
  });

  test('that came in time has no part in what follows', async () => {
    const timeouts = { proxyHeaderMs: 50, clientHeadMs: 60_000 };
    const { balancer } = await behindProxy({ ...LOOPBACK, timeouts });
    const client = await openRaw(balancer.url);
    client.socket.write(V1);
    await new Promise((resolve) => setTimeout(resolve, 150));
    client.socket.write(GET);
    expect(await client.closed).toContain(' 200 OK');
  });

  test('a head behind it that does not come to its end is given up', async () => {
    const { balancer } = await behindProxy({ ...LOOPBACK, timeouts: { clientHeadMs: 100 } });
    expect(await sendRaw(balancer.url, `${V1}GET / HT`)).toMatch(/^HTTP\/1.1 408 /);
  });

  test('a connection that is only opened and closed, as checks do, counts as nothing', async () => {
    const { balancer } = await behindProxy({ ...LOOPBACK, timeouts: { proxyHeaderMs: 60_000 } });
    const client = await openRaw(balancer.url);
    client.socket.end();
    expect(await client.closed).toBe('');
    expect(balancer.counters.refusals.get('proxy-header')).toBe(0);
  });

  test('one that is awaited does not keep the balancer from stopping', async () => {
    const { balancer } = await behindProxy({ ...LOOPBACK, timeouts: { proxyHeaderMs: 60_000 } });
    const client = await openRaw(balancer.url);
    await balancer.stop();
    expect(await client.closed).toBe('');
  });

  test.skipIf(OPENSSL === null).each(['in one segment with TLS', 'before TLS'])(
    'comes %s',
    async (how) => {
      const tls = makeCertificate('shop.example');
      const { node, balancer } = await behindProxy({ ...LOOPBACK, tls });
      const preface = Buffer.from(V2, 'latin1');
      const client = await openTls(balancer.url, { preface, apart: how === 'before TLS' });
      client.socket.write(GET);
      expect(await client.closed).toContain(' 200 OK');
      expect(told(node)).toBe('192.0.2.7');
      expect(told(node, 'X-Forwarded-Proto')).toBe('https');
      await expect(openTls(balancer.url)).rejects.toThrow();
    },
  );
});
