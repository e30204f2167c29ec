import { existsSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { type BalancerProcess, startBalancerProcess } from './support/balancer-process.js';
import { closeAfterTest } from './support/bench.js';
import { startNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const MEGABYTE = 1024 * 1024;
/** Open files the test needs besides one for every client. */
const SPARE_FILES = 1_000;
/** Not more: the kernel keeps megabytes for each, and all it has for TCP is no more than 1 or 2 GB. */
const READERS = 150;
const DEADLINE_MS = 50_000;
vi.setConfig({ testTimeout: 60_000 });

/** Files this process may open; a balancer that it starts may open as many. */
function openFilesLimit(): number {
  const report = process.report.getReport() as unknown as {
    userLimits: { open_files: { soft: number | 'unlimited' } };
  };
  const { soft } = report.userLimits.open_files;
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : soft;
}

const canMeasure = existsSync('/proc/self/status');
const canOpen = (clients: number): boolean => openFilesLimit() >= clients + SPARE_FILES;

interface Crowd {
  readonly sockets: readonly Socket[];
  /** Clients whose connection the balancer has closed. */
  readonly gone: Set<Socket>;
  /** The first bytes that each has received. */
  readonly heard: Map<Socket, string>;
}

/** Opens many connections, a few at a time: no listen queue takes thousands at once. */
async function gather(url: string, count: number, reads = true): Promise<Crowd> {
  const { hostname, port } = new URL(url);
  const sockets: Socket[] = [];
  const gone = new Set<Socket>();
  const heard = new Map<Socket, string>();
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(200, count - sockets.length) }, () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.on('close', () => gone.add(socket));
      if (reads) {
        socket.on('data', (chunk) => {
          if (!heard.has(socket)) heard.set(socket, chunk.toString('latin1'));
        });
      }
      sockets.push(socket);
      return new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    });
    await Promise.all(batch);
  }
  return { sockets, gone, heard };
}

/** An honest client that asks again and again while others misbehave. */
async function whileOthers(url: string, misbehave: () => Promise<void>): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let over = false;
  let answered = 0;
  const honest = (async () => {
    while (!over || answered < 10) {
      expect(await statusOf(url, agent)).toBe(200);
      answered++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  try {
    await Promise.race([misbehave(), honest]);
  } finally {
    over = true;
  }
  await honest;
  agent.destroy();
  return answered;
}

function statusOf(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, method: 'POST' }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', reject);
    });
    asked.once('error', reject);
    asked.end('hello');
  });
}

async function startBench(timeouts: Record<string, number>) {
  const node = closeAfterTest(
    await startNode('a', (asked, response) => {
      if (asked.url !== '/endless') return void response.end('ok');
      const block = Buffer.alloc(64 * 1024);
      const pump = (): void => {
        while (!response.destroyed) if (!response.write(block)) return;
      };
      response.on('drain', pump);
      pump();
    }),
  );
  const { label, url } = node;
  const balancer = closeAfterTest(
    await startBalancerProcess({ nodes: [{ label, url }], timeouts }),
  );
  // What one request needs is loaded before memory is looked at.
  expect(await statusOf(balancer.url, new Agent())).toBe(200);
  return { node, balancer };
}

function growth(balancer: BalancerProcess, from: number): number {
  return (balancer.residentBytes() - from) / MEGABYTE;
}

function drip({ sockets }: Crowd, everyMs: number): () => void {
  const timer = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('x');
  }, everyMs);
  return () => clearInterval(timer);
}

describe.runIf(canMeasure && canOpen(1_000))(
  'a thousand clients (needs /proc, 2,000 files)',
  () => {
    test.each<[string, string, Record<string, number>]>([
      ['their head', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: ', { clientHeadMs: 2_000 }],
      [
        'a body whose length is known',
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n',
        { clientBodyIdleMs: 1_000 },
      ],
      [
        'a chunked body',
        'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n',
        { clientBodyIdleMs: 1_000 },
      ],
      [
        'a large body',
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500000\r\n\r\n',
        { clientBodyIdleMs: 1_000 },
      ],
    ])('that take for ever over %s are sent away, and nobody else notices', async (...each) => {
      const [, beginning, timeouts] = each;
      const { node, balancer } = await startBench(timeouts);
      const before = balancer.residentBytes();
      const crowd = await gather(balancer.url, 1_000);
      const answered = await whileOthers(balancer.url, async () => {
        for (const socket of crowd.sockets) socket.write(beginning);
        const stop = drip(crowd, 400);
        await until('all are sent away', () => crowd.gone.size === 1_000, DEADLINE_MS);
        stop();
      });
      expect(
        [...crowd.heard.values()].filter((text) => text.startsWith('HTTP/1.1 408 ')),
      ).toHaveLength(1_000);
      expect(answered).toBeGreaterThanOrEqual(10);
      expect(node.seen).toHaveLength(answered + 1);
      expect(growth(balancer, before)).toBeLessThan(250);
    });
  },
);

describe.runIf(canMeasure)('clients that do not read what they asked for (needs /proc)', () => {
  test('are sent away, and nobody else notices', async () => {
    const { node, balancer } = await startBench({ bodyIdleMs: 2_000 });
    const before = balancer.residentBytes();
    const crowd = await gather(balancer.url, READERS, false);
    let most = 0;
    await whileOthers(balancer.url, async () => {
      for (const socket of crowd.sockets) {
        socket.pause();
        socket.write('GET /endless HTTP/1.1\r\nHost: x\r\n\r\n');
      }
      const served = (): number => node.seen.filter(({ url }) => url === '/endless').length;
      await until('all have been served', () => served() === READERS, DEADLINE_MS);
      await until(
        'all are sent away',
        () => {
          most = Math.max(most, growth(balancer, before));
          return node.sockets.size <= 2;
        },
        DEADLINE_MS,
      );
    });
    for (const socket of crowd.sockets) socket.destroy();
    expect(most).toBeLessThan(150);
  });
});

describe.runIf(canMeasure && canOpen(10_000))(
  'ten thousand clients (needs /proc, 11,000 files)',
  () => {
    test('that are idle cost little memory, and nobody else notices', async () => {
      // On a machine that is busy besides, a thousand requests at once wait for longer than usual.
      const patience = { connectMs: 30_000, queueMs: 30_000, firstByteMs: 60_000 };
      const { node, balancer } = await startBench({ clientHeadMs: 60_000, ...patience });
      const before = balancer.residentBytes();
      const crowd = await gather(balancer.url, 10_000);
      const answered = await whileOthers(balancer.url, async () => {
        // One half has been served once, the other has never said a word.
        for (let served = 0; served < 5_000; served += 1_000) {
          for (const socket of crowd.sockets.slice(served, served + 1_000)) {
            socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
          }
          await until('they are served', () => crowd.heard.size === served + 1_000, DEADLINE_MS);
        }
      });
      expect(crowd.gone.size).toBe(0);
      expect(node.seen).toHaveLength(5_000 + answered + 1);
      expect(growth(balancer, before)).toBeLessThan(400);
      for (const socket of crowd.sockets) socket.destroy();
    });
  },
);
