import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { ask, routeCookie, sendRaw } from './support/client.js';
import { startNode, startRawNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED_OK = `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n`;

/** A node that answers every request with these bytes and then ends the connection. */
async function startScript(bytes: string) {
  const node = await startRawNode((socket) => {
    socket.on('data', () => socket.end(bytes, 'latin1'));
  });
  return closeAfterTest(node);
}

describe('a node that does not keep to the protocol', () => {
  test.each<[string, string]>([
    ['garbage', 'garbage\r\n\r\n'],
    ['another protocol', '220 smtp.example ESMTP\r\n'],
    ['half a head', `${OK}Content-Le`],
    ['two lengths', `${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`],
    ['a length and a coding', `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok`],
    ['a zero byte in a value', `${OK}X-A: a\0b\r\nContent-Length: 2\r\n\r\nok`],
    ['a field without a colon', `${OK}oops\r\nContent-Length: 2\r\n\r\nok`],
    ['a head of 40 KiB', `${OK}X-A: ${'a'.repeat(40_000)}\r\n\r\n`],
    ['a status of 099', 'HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nok'],
    ['a switch nobody asked for', 'HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'],
    [
      'interim responses without end',
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(10_000),
    ],
    ['a status line without end', `HTTP/1.1 200 ${'a'.repeat(100_000)}`],
    ['a head without end', `${OK}${'X-A: b\r\n'.repeat(20_000)}`],
    ['a folded field', `${OK}X-A: b\r\n c\r\nContent-Length: 2\r\n\r\nok`],
    ['a space before a colon', `${OK}Content-Length : 2\r\n\r\nok`],
    ['a bare line feed', `${OK}X-A: b\nContent-Length: 2\r\n\r\nok`],
    ['a bare carriage return', `${OK}X-A: b\rX-B: c\r\nContent-Length: 2\r\n\r\nok`],
    ['a signed length', `${OK}Content-Length: +2\r\n\r\nok`],
    ['a list of lengths', `${OK}Content-Length: 2, 2\r\n\r\nok`],
    ['a length of 2^64', `${OK}Content-Length: 18446744073709551618\r\n\r\nok`],
    ['another coding', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['a coding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
    ['interim responses only', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ])('%s becomes 502 and nothing else', async (_name, bytes) => {
    const a = await startScript(bytes);
    const b = closeAfterTest(await startNode('b'));
    const balancer = await balance([{ label: 'a', url: a.url }, b]);
    const answer = await ask(balancer.url, { headers: { cookie: routeCookie('a') } });
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.body)).toMatchObject({
      type: 'urn:understudy:upstream-lost',
      reason: 'unusable-response',
    });
    expect(b.seen).toHaveLength(0);
    expect((await ask(balancer.url, { headers: { cookie: routeCookie('b') } })).body).toBe('b');
  });

  test.each<[string, string]>([
    ['a broken chunk', `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n`],
    ['a body without its last chunk', `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`],
    ['a body shorter than its length', `${OK}Content-Length: 9\r\n\r\nok`],
    ['a chunk size with a prefix', `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0x2\r\nok`],
    ['a chunk of 2^52 bytes', `${OK}Transfer-Encoding: chunked\r\n\r\n10000000000000\r\nok`],
    ['a chunk size without CR', `${OK}Transfer-Encoding: chunked\r\n\r\n2\nok\r\n0\r\n\r\n`],
    ['a chunk size without end', `${OK}Transfer-Encoding: chunked\r\n\r\n${'0'.repeat(9_000)}`],
    ['trailers without end', `${CHUNKED_OK}${'X-A: b\r\n'.repeat(20_000)}`],
    ['a folded trailer', `${CHUNKED_OK}X-A: b\r\n c\r\n\r\n`],
    ['a trailer with a zero byte', `${CHUNKED_OK}X-A: b\0\r\n\r\n`],
  ])('%s is passed on as a broken response, never as a whole one', async (_name, bytes) => {
    const a = await startScript(bytes);
    const balancer = await balance([{ label: 'a', url: a.url }]);
    await expect(ask(balancer.url)).rejects.toThrow();
    expect(balancer.counters.truncated).toBe(1);
  });

  test('interim responses are dropped and the final one is passed on', async () => {
    const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
    const a = await startScript(`${early}${OK}Content-Length: 2\r\n\r\nok`);
    const balancer = await balance([{ label: 'a', url: a.url }]);
    expect(await ask(balancer.url)).toMatchObject({ status: 200, body: 'ok' });
  });

  test('a second response behind the first is not given to the next client', async () => {
    const node = closeAfterTest(
      await startRawNode((socket) => {
        socket.on('data', (chunk) => {
          const own = /GET (\S+)/.exec(chunk.toString('latin1'))?.[1] ?? '';
          const response = `${OK}Content-Length: ${own.length}\r\n\r\n${own}`;
          socket.write(`${response}${OK}Content-Length: 4\r\n\r\nevil`);
        });
      }),
    );
    const balancer = await balance([{ label: 'a', url: node.url }]);
    for (let i = 0; i < 20; i++) expect((await ask(`${balancer.url}/${i}`)).body).toBe(`/${i}`);
  });

  test('a body of unknown length is passed on until the node closes', async () => {
    const a = await startScript(`${OK}\r\nall of it`);
    const balancer = await balance([{ label: 'a', url: a.url }]);
    expect((await ask(balancer.url)).body).toBe('all of it');
  });

  test('responses without a body stay without one', async () => {
    const node = closeAfterTest(
      await startNode('a', (_request, response) => {
        response.writeHead(304, { ETag: '"x"', 'Content-Length': '5' });
        response.end();
      }),
    );
    const balancer = await balance([node]);
    const text = await sendRaw(
      balancer.url,
      'HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    expect(text.match(/HTTP\/1\.1 304/g)).toHaveLength(2);
    expect(text.endsWith('\r\n\r\n')).toBe(true);
  });

  test('trailers are passed on', async () => {
    const a = await startScript(
      `${OK}Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n`,
    );
    const balancer = await balance([{ label: 'a', url: a.url }]);
    const text = await sendRaw(
      balancer.url,
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    expect(text).toMatch(/0\r\nX-Sum: 7\r\n\r\n$/);
  });

  test('trailers that would change how the response is read are left out', async () => {
    const forged = 'Content-Length: 9\r\nSet-Cookie: sid=1\r\nX-Understudy-Not-Mine: b\r\n';
    const a = await startScript(`${CHUNKED_OK}${forged}X-Sum: 7\r\n\r\n`);
    const balancer = await balance([{ label: 'a', url: a.url }]);
    const text = await sendRaw(
      balancer.url,
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    expect(text).toMatch(/0\r\nX-Sum: 7\r\n\r\n$/);
    expect(text).not.toMatch(/sid=1|Not-Mine/);
  });
});

/** A node that sends a byte now and then, for ever. */
async function startDrip(beginning: string, drip: string) {
  const node = await startRawNode((socket) => {
    socket.once('data', () => {
      socket.write(beginning, 'latin1');
      const timer = setInterval(() => socket.write(drip, 'latin1'), 5);
      socket.once('close', () => clearInterval(timer));
    });
  });
  return closeAfterTest(node);
}

describe('a node that takes its time', () => {
  const hasty = { timeouts: { firstByteMs: 150, bodyIdleMs: 150 } };

  test.each<[string, string, string]>([
    ['its status line', '', 'H'],
    ['its head', `${OK}X-A: `, 'b'],
    ['interim responses', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ])('over %s is given up, though it never falls silent', async (_name, beginning, drip) => {
    const node = await startDrip(beginning, drip);
    const balancer = await balance([{ label: 'a', url: node.url }], hasty);
    const answer = await ask(balancer.url);
    expect([502, 504]).toContain(answer.status);
    await until('the node is let go', () => node.sockets.size === 0);
  });

  test('over its trailers is given up when they are too long', async () => {
    const node = await startDrip(CHUNKED_OK, `X-A: ${'b'.repeat(1_000)}\r\n`);
    const balancer = await balance([{ label: 'a', url: node.url }], hasty);
    await expect(ask(balancer.url)).rejects.toThrow();
    await until('the node is let go', () => node.sockets.size === 0);
  });
});

describe('a node that resets its connection', () => {
  const WHOLE = `${OK}X-A: b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n`;

  test('behind any byte of its response costs that request and nothing else', async () => {
    let bytes = 0;
    const node = closeAfterTest(
      await startRawNode((socket) => {
        socket.once('data', () => socket.write(WHOLE.slice(0, bytes), () => reset(socket)));
      }),
    );
    const reset = (socket: Socket): void => {
      // In the next turn the bytes are on their way, so that the reset does not take them along.
      setImmediate(() => socket.resetAndDestroy());
    };
    const balancer = await balance([{ label: 'a', url: node.url }]);
    for (; bytes < WHOLE.length; bytes++) {
      const outcome = await ask(balancer.url).then(
        ({ status }) => status,
        () => 'cut',
      );
      // One that ends early is never taken for a whole one.
      expect([502, 'cut'], `${bytes} bytes`).toContain(outcome);
    }
    await until('nothing is under way', () => balancer.activity.requests === 0);
    expect(balancer.fleet.byLabel('a')?.inFlight).toBe(0);
  });
});
