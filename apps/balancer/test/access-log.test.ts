import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BalancerOptions } from '../src/options.js';
import { balance, closeAfterTest } from './support/bench.js';
import { ask, openRaw, routeCookie, sendRaw } from './support/client.js';
import { startMain } from './support/main-process.js';
import { refusingUrl, startNode, startRawNode } from './support/upstream-node.js';
import { until } from './support/wait.js';
import { WEBSOCKET_OPENED } from './support/websocket.js';

interface Line {
  readonly path?: string;
  readonly status?: number;
  readonly node?: string;
  readonly cause: string;
  readonly attempts: number;
  readonly bytes: number;
  readonly bytesIn?: number;
  readonly totalMs?: number;
  readonly firstByteMs?: number;
  readonly failed?: string[];
}

async function logPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'balancer-'));
  closeAfterTest({ close: () => rm(folder, { recursive: true }) });
  return join(folder, 'access.log');
}

async function linesOf(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Line);
}

/** A balancer that logs, and how to wait for its lines. */
async function logging(
  nodes: readonly { readonly label: string; readonly url: string }[],
  options: Omit<BalancerOptions, 'directory'> = {},
) {
  const path = await logPath();
  const balancer = await balance(nodes, { ...options, accessLog: path });
  const lines = async (count: number): Promise<Line[]> => {
    await until(`${count} lines`, async () => (await linesOf(path)).length >= count);
    const all = await linesOf(path);
    expect(all).toHaveLength(count);
    return all;
  };
  return { balancer, path, lines, line: async () => (await lines(1))[0] as Line };
}

/** A node that is told by the path what to do to its client. */
function moodyNode() {
  return startRawNode((socket) => {
    socket.on('data', (data) => {
      const text = data.toString('latin1');
      if (text.startsWith('GET /lose')) socket.destroy();
      else if (text.startsWith('GET /silent')) return;
      else if (text.startsWith('GET /cut')) {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
        setTimeout(() => socket.destroy(), 20);
      } else if (text.includes('Upgrade: websocket')) {
        socket.write(WEBSOCKET_OPENED);
      } else if (text.startsWith('GET /half')) {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc');
      } else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
}

/** A node that changes the protocol and says twice whatever it hears. */
function echoingNode() {
  return startRawNode((socket) => {
    socket.once('data', () => {
      const fields = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n`);
      socket.on('data', (data) => socket.write(Buffer.concat([data, data])));
    });
  });
}

const head = (line: string, more = ''): string => `${line} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

describe('the access log tells of', () => {
  test('a response, and of the node that had failed before', async () => {
    const b = closeAfterTest(await startNode('b'));
    const { balancer, line } = await logging([{ label: 'a', url: await refusingUrl() }, b]);
    await ask(`${balancer.url}/x?q`, { headers: { cookie: routeCookie('a', 'b') } });
    expect(await line()).toMatchObject({
      ...{ address: '127.0.0.1', method: 'GET', path: '/x', status: 200, bytes: 1, node: 'b' },
      ...{ attempts: 2, cause: 'complete', failed: ['a unreachable'] },
    });
    expect((await line()).firstByteMs).toBeGreaterThan(0);
  });

  test.each<[string, string, string, Partial<Line>]>([
    ['a change of protocol', 'upgraded', '/ws', { status: 101, node: 'a' }],
    ['a response that a node broke off', 'upstream-cut', '/cut', { status: 200, bytes: 3 }],
    ['a node that was lost', 'upstream-lost', '/lose', { status: 502, failed: ['a lost'] }],
    ['a node without an answer', 'timeout-first-byte', '/silent', { status: 504 }],
  ])('%s: %s', async (_what, cause, path, expected) => {
    const a = closeAfterTest(await moodyNode());
    const { balancer, line } = await logging([{ label: 'a', url: a.url }], {
      timeouts: { firstByteMs: 50 },
    });
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
    const client = await openRaw(balancer.url);
    client.socket.write(head(`GET ${path}`, path === '/ws' ? upgrade : ''));
    expect(await line()).toMatchObject({ cause, path, attempts: 1, ...expected });
    client.socket.destroy();
  });

  test.each([
    ['tunnel-closed', {}],
    ['tunnel-idle', { timeouts: { tunnelIdleMs: 50 } }],
    ['tunnel-cut', { timeouts: { stopMs: 50 } }],
  ])('a tunnel that ended: %s', async (cause, options) => {
    const a = closeAfterTest(await echoingNode());
    const { balancer, lines } = await logging([{ label: 'a', url: a.url }], options);
    const client = await openRaw(balancer.url);
    client.socket.write(head('GET /ws?secret', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'));
    await until('the protocol has changed', () => client.received().includes('101'));
    client.socket.write('hello');
    await until('the echo has come', () => client.received().endsWith('hellohello'));
    if (cause === 'tunnel-closed') client.socket.end();
    if (cause === 'tunnel-cut') await balancer.stop();
    const [opened, ended] = await lines(2);
    expect(opened).toMatchObject({ cause: 'upgraded', status: 101 });
    expect(ended).toMatchObject({ cause, path: '/ws', node: 'a', bytes: 10, bytesIn: 5 });
    expect(ended).toMatchObject({ address: '127.0.0.1', totalMs: expect.any(Number) });
  });

  test.each([
    ['before', '/silent', undefined],
    ['in the middle of', '/half', 200],
  ])('a client that left %s the response', async (_when, path, status) => {
    const a = closeAfterTest(await moodyNode());
    const { balancer, line } = await logging([{ label: 'a', url: a.url }]);
    const client = await openRaw(balancer.url);
    client.socket.write(head(`GET ${path}`));
    await until('the node has it', () => a.sockets.size === 1);
    if (status !== undefined) await until('it comes', () => client.received().includes('abc'));
    client.socket.destroy();
    expect(await line()).toMatchObject({ cause: 'client-abort', path });
    expect((await line()).status).toBe(status);
  });

  test('no node', async () => {
    const { balancer, line } = await logging([{ label: 'a', url: await refusingUrl() }]);
    await ask(balancer.url);
    expect(await line()).toMatchObject({ cause: 'no-node', status: 503, attempts: 1 });
  });

  test('an exchange that took too long as a whole', async () => {
    const a = closeAfterTest(await moodyNode());
    const timeouts = { totalMs: 50 };
    const { balancer, line } = await logging([{ label: 'a', url: a.url }], { timeouts });
    await ask(`${balancer.url}/silent`);
    expect(await line()).toMatchObject({ cause: 'timeout-total', status: 504, attempts: 1 });
  });

  test('too much from one address, which is that of the client and not of its proxy', async () => {
    const b = closeAfterTest(await startNode('b'));
    const { balancer, lines } = await logging([b], {
      rateLimit: { perSecond: 0.01, burst: 1 },
      forwarded: { trusted: ['127.0.0.1'] },
    });
    const headers = { 'X-Forwarded-For': '192.0.2.1' };
    await ask(`${balancer.url}/one`, { headers });
    await ask(`${balancer.url}/two`, { headers });
    const address = '192.0.2.1';
    expect(await lines(2)).toMatchObject([
      { cause: 'complete', path: '/one', status: 200, address },
      { cause: 'rate-limited', path: '/two', status: 429, attempts: 0, address },
    ]);
  });

  test('too much at once', async () => {
    const a = closeAfterTest(await moodyNode());
    const { balancer, line } = await logging([{ label: 'a', url: a.url }], {
      limits: { requestsInFlight: 1 },
    });
    const first = await openRaw(balancer.url);
    first.socket.write(head('GET /silent'));
    await until('the node has it', () => a.sockets.size === 1);
    expect((await ask(`${balancer.url}/more`)).status).toBe(503);
    expect(await line()).toMatchObject({ cause: 'overloaded', path: '/more', attempts: 0 });
    first.socket.destroy();
  });

  test.each<[string, string, Partial<Line>]>([
    ['two lengths', head('POST /two', 'Content-Length: 1\r\nContent-Length: 2\r\n'), {}],
    ['another verb', head('TRACE /t'), { status: 405, path: '/t' }],
    ['no HTTP at all', 'hello\r\n\r\n', { status: 400 }],
    ['a body too large', head('PUT /big', 'Content-Length: 999\r\n'), { status: 413 }],
  ])('a request that was refused for %s', async (_what, bytes, expected) => {
    const a = closeAfterTest(await startNode('a'));
    const { balancer, line } = await logging([a], { limits: { requestBodyBytes: 9 } });
    await sendRaw(balancer.url, bytes);
    expect(await line()).toMatchObject({ cause: 'refused', attempts: 0, ...expected });
  });

  test('a request that did not come in time', async () => {
    const a = closeAfterTest(await startNode('a'));
    const { balancer, line } = await logging([a], { timeouts: { clientBodyIdleMs: 50 } });
    await sendRaw(balancer.url, head('POST /slow', 'Content-Length: 5\r\n'));
    expect(await line()).toMatchObject({ cause: 'timeout-request', path: '/slow', status: 408 });
  });

  test('a defect of its own', async () => {
    const a = closeAfterTest(await startNode('a'));
    const { balancer, line } = await logging([a]);
    balancer.fleet.nodes = () => {
      throw new Error('a defect, on purpose');
    };
    await ask(balancer.url);
    expect(await line()).toMatchObject({ cause: 'balancer-failed' });
  });
});

test('nothing that identifies or authorises anybody is in the log', async () => {
  const a = closeAfterTest(await startNode('a'));
  const { balancer, path, lines } = await logging([a]);
  const secrets = ['S3SSION', 'R0UTE', 'K3Y', 'QU3RY', 'T0KEN', 'B0DY', 'MATR1X', 'PASSW0RD'];
  const headers = {
    cookie: 'sid=S3SSION.x; sid-route=v1.a.1.7.R0UTE',
    'Idempotency-Key': '"K3Y"',
    authorization: 'Bearer T0KEN',
    'X-Forwarded-For': 'PASSW0RD',
  };
  await ask(`${balancer.url}/a;jsessionid=MATR1X?q=QU3RY`, {
    ...{ method: 'POST', headers, body: 'B0DY' },
  });
  await sendRaw(balancer.url, head('GET http://u:PASSW0RD@h/x?QU3RY', 'Connection: close\r\n'));
  await sendRaw(balancer.url, head('CONNECT u:PASSW0RD@h:1'));
  await sendRaw(balancer.url, `GET /?QU3RY HTTP/1.1\r\nCookie: sid=S3SSION\r\n B0DY\r\n\r\n`);
  await lines(4);
  const text = await readFile(path, 'utf8');
  for (const secret of secrets) expect(text).not.toContain(secret);
});

test('a file that was moved away is opened anew with the configuration', async () => {
  const a = closeAfterTest(await startNode('a'));
  const { balancer, path, lines } = await logging([a]);
  await ask(`${balancer.url}/old`);
  await lines(1);
  await rename(path, `${path}.1`);
  balancer.reconfigure({});
  await ask(`${balancer.url}/new`);
  expect((await lines(1))[0]?.path).toBe('/new');
  expect((await linesOf(`${path}.1`))[0]?.path).toBe('/old');
});

test('a file that cannot be opened is told at the start', async () => {
  const accessLog = '/nowhere/at/all.log';
  await expect(balance([], { accessLog })).rejects.toThrow(
    'accessLog is "/nowhere/at/all.log", expected a file that can be written (ENOENT)',
  );
  await expect(balance([], { accessLog: 'sdtout' })).rejects.toThrow(
    'accessLog is "sdtout", expected off, stdout, or the path of a file',
  );
});

test('a standard output that nobody reads costs lines, which are counted, and no request', async () => {
  const a = closeAfterTest(await startNode('a'));
  const main = closeAfterTest(
    startMain({
      ...{ PORT: '0', ADMIN_PORT: '0', BALANCER_NODES: `a=${a.url}`, BALANCER_CONFIG: '' },
      ...{ BALANCER_ACCESS_LOG: 'stdout', BALANCER_LIMITS_ACCESS_LOG_BYTES: '4096' },
    }),
  );
  await until('it listens', () => main.output().includes('balancer listening'));
  const [, url = '', admin = ''] = /on (\S+), admin (\S+)/.exec(main.output()) ?? [];
  await ask(`${url}/first`);
  await until('its line', () => main.output().includes('"path":"/first"'));
  main.pauseOutput();
  const path = 'x'.repeat(900);
  const dropped = async (): Promise<number> => {
    const { body } = await ask(`${admin}/metrics`);
    return Number(/^understudy_balancer_access_log_dropped_total (\d+)$/m.exec(body)?.[1]);
  };
  await until('lines are dropped', async () => {
    for (let i = 0; i < 20; i++) expect((await ask(`${url}/${path}`)).status).toBe(200);
    return (await dropped()) > 0;
  });
  main.resumeOutput();
  await until('it goes on', async () => {
    await ask(`${url}/last`);
    return main.output().includes('"path":"/last"');
  });
  main.signal('SIGTERM');
  expect(await main.exit).toBe(0);
});
