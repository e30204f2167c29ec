import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, type Limits } from '../src/limits.js';
import { rawUpstreams } from '../src/upstream/raw-upstream.js';
import type {
  Upstream,
  UpstreamFactory,
  UpstreamHandler,
  UpstreamRequest,
} from '../src/upstream/upstream.js';
import { closeAfterTest } from './support/bench.js';
import { undiciUpstreams } from './support/undici-upstream.js';
import { refusingUrl, startNode, startRawNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const GET: UpstreamRequest = {
  method: 'GET',
  path: '/',
  headers: ['Host', 'x'],
  body: undefined,
  upgrade: undefined,
  verifyConnection: false,
};

interface Outcome {
  readonly calls: string[];
  status: number;
  body: string;
}

/** Sends a request and records what becomes of it. */
function send(upstream: Upstream, request: Partial<UpstreamRequest> = {}) {
  const outcome: Outcome = { calls: [], status: 0, body: '' };
  let settle: () => void = () => {};
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const note = (name: string): void => {
    if (outcome.calls.at(-1) !== name) outcome.calls.push(name);
  };
  const handler: UpstreamHandler = {
    onSending: () => note('sending'),
    onBodySent: () => {},
    onResponseByte: () => note('byte'),
    onHead: ({ status }) => {
      note('head');
      outcome.status = status;
      return true;
    },
    onData: (chunk) => {
      note('data');
      outcome.body += chunk.toString();
      return true;
    },
    onEnd: () => {
      note('end');
      settle();
    },
    onUpgrade: (_head, socket) => {
      note('upgrade');
      socket.destroy();
      settle();
    },
    onFailure: ({ kind }) => {
      note(kind);
      settle();
    },
  };
  const call = upstream.send({ ...GET, ...request }, handler);
  return { outcome, settled, call };
}

async function ask(upstream: Upstream, request: Partial<UpstreamRequest> = {}): Promise<Outcome> {
  const { outcome, settled } = send(upstream, request);
  await settled;
  return outcome;
}

function open(factory: UpstreamFactory, url: string): Upstream {
  const upstream = factory(url);
  closeAfterTest({ close: () => upstream.destroy() });
  return upstream;
}

const own = (limits: Partial<Limits> = {}): UpstreamFactory =>
  rawUpstreams({ ...DEFAULT_LIMITS, ...limits }, DEFAULT_TIMEOUTS, () => performance.now());

/** Connections this process opens from now on, in their order, from its own side. */
function opened(onOpening: (socket: Socket) => void = () => {}): Socket[] {
  const sockets: Socket[] = [];
  const add = (message: unknown): void => {
    const { socket } = message as { socket: Socket };
    sockets.push(socket);
    onOpening(socket);
  };
  subscribe('net.client.socket', add);
  onTestFinished(() => void unsubscribe('net.client.socket', add));
  return sockets;
}

describe.each<[string, UpstreamFactory]>([
  ['our own client', own()],
  ['undici', undiciUpstreams(DEFAULT_LIMITS, DEFAULT_TIMEOUTS)],
])('%s', (_name, factory) => {
  test('tells a response in order', async () => {
    const node = closeAfterTest(await startNode('a'));
    const outcome = await ask(open(factory, node.url));
    expect(outcome.calls).toEqual(['sending', 'byte', 'head', 'data', 'end']);
    expect(outcome).toMatchObject({ status: 200, body: 'a' });
  });

  test('tells a refused connection apart from a lost one', async () => {
    expect((await ask(open(factory, await refusingUrl()))).calls).toEqual(['connect']);
    const node = closeAfterTest(
      await startRawNode((socket) => void socket.once('data', () => socket.resetAndDestroy())),
    );
    expect((await ask(open(factory, node.url))).calls).toEqual(['sending', 'connection']);
  });

  test.each<[string, Partial<UpstreamRequest>, string]>([
    ['a buffer', { body: Buffer.from('hello') }, 'hello'],
    [
      'a stream of unknown length',
      { body: Readable.from([Buffer.from('a'), Buffer.from('b')]) },
      'ab',
    ],
    [
      'a stream of announced length',
      { body: Readable.from([Buffer.from('ab')]), headers: ['Host', 'x', 'Content-Length', '2'] },
      'ab',
    ],
    ['nothing', {}, ''],
  ])('sends %s as body', async (_body, request, expected) => {
    const node = closeAfterTest(await startNode('a'));
    await ask(open(factory, node.url), { method: 'PUT', ...request });
    expect(node.seen[0]?.body).toBe(expected);
  });

  test('says nothing after cancel', async () => {
    const node = closeAfterTest(await startNode('a', () => {}));
    const { outcome, call } = send(open(factory, node.url));
    await until('the node has it', () => node.seen.length === 1);
    const [socket] = node.sockets;
    call.cancel();
    call.cancel();
    await until('the connection is closed', () => socket?.destroyed === true);
    expect(outcome.calls).toEqual(['sending']);
  });

  test('fails what is under way when it is destroyed', async () => {
    const node = closeAfterTest(await startNode('a', () => {}));
    const upstream = open(factory, node.url);
    const { outcome, settled } = send(upstream);
    await until('the node has it', () => node.seen.length === 1);
    await upstream.destroy();
    await settled;
    expect(outcome.calls.at(-1)).toBe('connection');
  });
});

describe('our own client', () => {
  test('uses connections again, the latest first, and no more than it may', async () => {
    const node = closeAfterTest(await startNode('a'));
    let opened = 0;
    node.server.on('connection', () => opened++);
    const upstream = open(own({ connectionsPerNode: 2 }), node.url);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => ask(upstream)));
    expect(outcomes.every(({ status }) => status === 200)).toBe(true);
    for (let i = 0; i < 5; i++) await ask(upstream, { verifyConnection: i % 2 === 0 });
    expect(opened).toBe(2);
  });

  test('a call cancelled after its end does not hurt the next one on its connection', async () => {
    const node = closeAfterTest(
      await startNode('a', (_request, response) => void setTimeout(() => response.end('a'), 20)),
    );
    const upstream = open(own({ connectionsPerNode: 1 }), node.url);
    const first = send(upstream);
    await first.settled;
    const second = send(upstream);
    first.call.cancel();
    await second.settled;
    expect(second.outcome).toMatchObject({ status: 200, body: 'a' });
  });

  test('a call cancelled while it waits for a connection is never sent', async () => {
    const node = closeAfterTest(await startNode('a'));
    const upstream = open(own({ connectionsPerNode: 1 }), node.url);
    const first = send(upstream);
    const second = send(upstream);
    const third = send(upstream);
    second.call.cancel();
    await Promise.all([first.settled, third.settled]);
    expect(node.seen).toHaveLength(2);
    expect(second.outcome.calls).toEqual([]);
  });

  test('what must not be repeated is not written to a connection the node has closed', async () => {
    const node = closeAfterTest(await startNode('a'));
    const upstream = open(own(), node.url);
    await ask(upstream);
    for (const socket of node.sockets) socket.resetAndDestroy();
    const outcome = await ask(upstream, { method: 'POST', verifyConnection: true });
    expect(outcome).toMatchObject({ status: 200, body: 'a' });
  });

  test('a connection is given up before the node gives it up', async () => {
    const node = closeAfterTest(
      await startNode('a', (_request, response) => {
        response.setHeader('Keep-Alive', 'timeout=1');
        response.end('a');
      }),
    );
    let opened = 0;
    node.server.on('connection', () => opened++);
    const upstream = open(own(), node.url);
    await ask(upstream);
    await ask(upstream);
    expect(opened).toBe(2);
  });

  test('an answer that comes before the end of the upload ends the connection', async () => {
    const node = closeAfterTest(
      await startRawNode((socket) => {
        socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
      }),
    );
    const body = new Readable({ read: () => {} });
    body.push('part');
    const upstream = open(own(), node.url);
    expect((await ask(upstream, { method: 'PUT', body })).body).toBe('ok');
    expect(body.destroyed).toBe(true);
    expect((await ask(upstream)).body).toBe('ok');
    expect(node.connections()).toBe(2);
  });

  test('a connection with more on it than its response is not used again', async () => {
    const node = closeAfterTest(
      await startRawNode((socket) => {
        socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok?'));
      }),
    );
    const upstream = open(own(), node.url);
    await ask(upstream);
    expect((await ask(upstream)).body).toBe('ok');
    expect(node.connections()).toBe(2);
  });

  test('a kept connection on which the node speaks first is closed', async () => {
    const node = closeAfterTest(
      await startRawNode((socket) => {
        socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
      }),
    );
    const upstream = open(own(), node.url);
    await ask(upstream);
    const [socket] = node.sockets;
    socket?.write('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n');
    await until('it is closed', () => socket?.destroyed === true, 2_000);
  });

  test('a connection that was asked to change its protocol and did not is not used again', async () => {
    const node = closeAfterTest(await startNode('a'));
    let opened = 0;
    node.server.on('connection', () => opened++);
    const upstream = open(own(), node.url);
    expect((await ask(upstream, { upgrade: 'websocket' })).body).toBe('a');
    await ask(upstream);
    expect(opened).toBe(2);
  });

  describe('a request whose connection closes before any of it is written', () => {
    test('goes to the same node over a new one, once', async () => {
      const sockets = opened();
      const node = closeAfterTest(await startNode('a'));
      const upstream = open(own(), node.url);
      await ask(upstream);
      const { outcome, settled } = send(upstream, { path: '/second' });
      sockets[0]?.destroy();
      await settled;
      expect(outcome.calls).toEqual(['sending', 'byte', 'head', 'data', 'end']);
      expect(node.seen.map(({ url }) => url)).toEqual(['/', '/second']);
    });

    test('tells that the node is gone when it is', async () => {
      const sockets = opened();
      const node = await startNode('a');
      const upstream = open(own(), node.url);
      await ask(upstream);
      node.server.close();
      const { outcome, settled } = send(upstream);
      sockets[0]?.destroy();
      await settled;
      expect(outcome.calls).toEqual(['connect']);
    });

    test('is given up when the new one closes as well', async () => {
      const sockets = opened((socket) => {
        if (sockets.length > 1) socket.once('connect', () => socket.destroy());
      });
      const node = closeAfterTest(await startNode('a'));
      const upstream = open(own(), node.url);
      await ask(upstream);
      const { outcome, settled } = send(upstream);
      sockets[0]?.destroy();
      await settled;
      expect(outcome.calls).toEqual(['connection']);
      expect([sockets.length, node.seen.length]).toEqual([2, 1]);
    });

    test('does not keep a cancelled one', async () => {
      const sockets = opened();
      const node = closeAfterTest(await startNode('a'));
      const upstream = open(own(), node.url);
      await ask(upstream);
      const { call } = send(upstream);
      call.cancel();
      sockets[0]?.destroy();
      expect((await ask(upstream)).body).toBe('a');
      expect([sockets.length, node.seen.length]).toEqual([2, 2]);
    });
  });
});
