import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { ask, openRaw } from './support/client.js';
import { startNode, startRawNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const MEGABYTE = 1024 * 1024;
const BLOCK = Buffer.alloc(64 * 1024, 'x');

/** A node that sends `bytes` as fast as it is let, and tells how far it has come. */
async function startSource(bytes: number) {
  const progress = { sent: 0 };
  const node = await startNode('a', (_request, response) => {
    const pump = (): void => {
      while (progress.sent < bytes) {
        progress.sent += BLOCK.length;
        if (!response.write(BLOCK)) return void response.once('drain', pump);
      }
      response.end();
    };
    pump();
  });
  return { node: closeAfterTest(node), progress };
}

/** Waits until a number no longer grows. */
async function settled(read: () => number): Promise<number> {
  let last = -1;
  for (let same = 0; same < 20; ) {
    await delay(10);
    const now = read();
    same = now === last ? same + 1 : 0;
    last = now;
  }
  return last;
}

describe('back-pressure', () => {
  test('a client that does not read holds up its node, not our memory', async () => {
    const total = 64 * MEGABYTE;
    const { node, progress } = await startSource(total);
    const balancer = await balance([node]);
    const client = await openRaw(balancer.url);
    let received = 0;
    client.socket.removeAllListeners('data');
    client.socket.pause();
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await until('the node has begun', () => progress.sent > 0);
    expect(await settled(() => progress.sent)).toBeLessThan(total / 2);
    client.socket.on('data', (chunk) => {
      received += chunk.length;
    });
    client.socket.resume();
    await client.closed;
    expect(received).toBeGreaterThanOrEqual(total);
  });

  test('a node that does not read holds up its client, not our memory', async () => {
    const node = closeAfterTest(await startRawNode((socket) => void socket.pause()));
    const balancer = await balance([{ label: 'a', url: node.url }], {
      timeouts: { clientHeadMs: 500, clientRequestMs: 1_000 },
    });
    const total = 64 * MEGABYTE;
    let sent = 0;
    const upload = request(balancer.url, { method: 'PUT', headers: { 'content-length': total } });
    upload.on('error', () => {});
    const pump = (): void => {
      while (sent < total) {
        sent += BLOCK.length;
        if (!upload.write(BLOCK)) return void upload.once('drain', pump);
      }
    };
    pump();
    expect(await settled(() => sent)).toBeLessThan(total / 2);
    await until('the request is given up', () => balancer.activity.requests === 0);
  });

  test('a large upload arrives whole', async () => {
    const node = closeAfterTest(
      await startNode('a', (_request, response, body) => response.end(String(body.length))),
    );
    const balancer = await balance([node]);
    const body = Buffer.alloc(5 * MEGABYTE, 'y');
    expect((await ask(balancer.url, { method: 'PUT', body })).body).toBe(String(body.length));
  });
});

describe('clients that leave', () => {
  test('in masses, in the middle of responses they do not read, wedge nothing', async () => {
    const { node } = await startSource(Number.POSITIVE_INFINITY);
    // A hundred connections at once may take a busy machine longer than a client would wait.
    const patience = { connectMs: 20_000, queueMs: 20_000 };
    const balancer = await balance([node], { timeouts: patience });
    const clients = await Promise.all(Array.from({ length: 100 }, () => openRaw(balancer.url)));
    for (const { socket } of clients) {
      socket.pause();
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    }
    // Hundreds of megabytes, until all buffers on their way are full.
    await until('all are being served', () => balancer.activity.requests === 100, 60_000);
    await settled(() => node.seen.length);
    for (const { socket } of clients) socket.resetAndDestroy();
    await until('all are given up', () => balancer.activity.requests === 0, 60_000);
    await until('their connections are closed', () => node.sockets.size === 0);
    expect(balancer.fleet.byLabel('a')?.inFlight).toBe(0);
    expect(balancer.counters.clientAborts).toBe(100);
  }, 150_000);

  test('before the node answers, and the node hears of it', async () => {
    const node = closeAfterTest(await startNode('a', () => {}));
    const balancer = await balance([node]);
    const client = await openRaw(balancer.url);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('the node has the request', () => node.seen.length === 1);
    client.socket.destroy();
    await until('the node is told', () => node.sockets.size === 0);
  });

  test('by closing their own direction, as those who have left do, are given up', async () => {
    const node = closeAfterTest(await startNode('a', () => {}));
    const balancer = await balance([node]);
    const client = await openRaw(balancer.url);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('the node has the request', () => node.seen.length === 1);
    client.socket.end();
    expect(await client.closed).toBe('');
    await until('the node is told', () => node.sockets.size === 0);
  });

  test('in the middle of an upload are not taken for a failed node', async () => {
    const node = closeAfterTest(await startNode('a'));
    const balancer = await balance([node, closeAfterTest(await startNode('b'))], {
      assignment: 'round-robin',
    });
    const client = await openRaw(balancer.url);
    client.socket.write('PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\npart');
    await until('the upload has begun', () => node.sockets.size === 1);
    client.socket.destroy();
    await until('it is given up', () => balancer.activity.requests === 0);
    expect(node.seen).toHaveLength(0);
    expect(balancer.counters.retries.get('lost')).toBe(0);
    expect(balancer.fleet.byLabel('a')?.availability).toBe('up');
    expect((await ask(balancer.url)).status).toBe(200);
  });
});

describe('streams', () => {
  test('events arrive one by one, not when the response ends', async () => {
    let emit: (text: string) => void = () => {};
    const node = closeAfterTest(
      await startNode('a', (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        emit = (text) => response.write(text);
        emit('data: 1\n\n');
      }),
    );
    const balancer = await balance([node]);
    const client = await openRaw(balancer.url);
    client.socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('the first event', () => client.received().includes('data: 1'));
    emit('data: 2\n\n');
    await until('the second event', () => client.received().includes('data: 2'));
    client.socket.destroy();
  });

  test('an answer to an upload that is still under way reaches the client', async () => {
    const node = await startRawNode((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig');
      });
    });
    closeAfterTest(node);
    const balancer = await balance([{ label: 'a', url: node.url }]);
    const client = await openRaw(balancer.url);
    client.socket.write('PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\npart');
    await until('the answer', () => client.received().endsWith('big'));
    expect(client.received()).toContain('HTTP/1.1 413');
    client.socket.destroy();
    await until('all is over', () => balancer.activity.requests === 0);
  });
});

describe('pipelined requests', () => {
  test('are answered in order, however the nodes answer', async () => {
    const node = closeAfterTest(
      await startNode('a', (request, response) => {
        const wait = request.url === '/1' ? 50 : 0;
        setTimeout(() => response.end(`<${request.url}>`), wait);
      }),
    );
    const balancer = await balance([node]);
    const client = await openRaw(balancer.url);
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n`;
    client.socket.write(`${get('/1')}\r\n${get('/2')}\r\n${get('/3')}Connection: close\r\n\r\n`);
    expect((await client.closed).match(/<.*?>/g)).toEqual(['</1>', '</2>', '</3>']);
  });

  test('whose client leaves are given up, those that still wait for their turn too', async () => {
    const node = closeAfterTest(
      await startNode('a', (request, response) => {
        if (request.url !== '/1') response.end(Buffer.alloc(MEGABYTE));
      }),
    );
    const balancer = await balance([node]);
    const client = await openRaw(balancer.url);
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    client.socket.write(get('/1') + get('/2') + get('/3'));
    await until('the node has them', () => node.seen.length === 3);
    client.socket.destroy();
    await until('all are given up', () => balancer.activity.requests === 0);
    expect(balancer.fleet.byLabel('a')?.inFlight).toBe(0);
  });
});
