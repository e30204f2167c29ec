import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest } from './support/bench.js';
import { type Ask, ask, openRaw, routeCookie } from './support/client.js';
import { startNode, startRawNode } from './support/upstream-node.js';
import { until } from './support/wait.js';

const toA = { cookie: routeCookie('a', 'b') };

/** A clock that stands still unless it is moved. */
function handClock() {
  let nowMs = 1_000;
  return {
    now: () => nowMs,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

/** A node that reads requests and cuts their connections, until it is mended. */
async function failingNode(label: string) {
  let failing = true;
  let requests = 0;
  const node = await startRawNode((socket) => {
    socket.on('data', () => {
      requests++;
      if (failing) socket.resetAndDestroy();
      else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${label.length}\r\n\r\n${label}`);
    });
  });
  const mend = (): void => {
    failing = false;
  };
  return { ...closeAfterTest(node), label, mend, requests: () => requests };
}

async function twoNodes(failures = 3) {
  const clock = handClock();
  const a = await failingNode('a');
  const b = closeAfterTest(await startNode('b'));
  const balancer = await balance([a, b], { now: clock.now, circuit: { failures } });
  const get = (options: Ask = {}) => ask(balancer.url, { headers: toA, ...options });
  const fail = async (): Promise<void> => {
    for (let i = 0; i < failures; i++) {
      clock.pass(1);
      expect((await get()).body).toBe('b');
    }
  };
  return { clock, a, b, balancer, get, fail };
}

describe('a node that loses one request after another', () => {
  test('is passed over, and tried again with one request at a time', async () => {
    const { clock, a, balancer, get, fail } = await twoNodes();
    await fail();
    expect(balancer.fleet.byLabel('a')?.availability).toBe('suspect');
    expect((await get()).body).toBe('b');
    expect(a.requests()).toBe(3);
    clock.pass(1_000);
    expect(await Promise.all([get(), get(), get()])).toHaveLength(3);
    expect(a.requests()).toBe(4);
    clock.pass(1_999);
    await get();
    expect(a.requests()).toBe(4);
    a.mend();
    clock.pass(1);
    expect((await get()).body).toBe('a');
    expect(balancer.fleet.byLabel('a')?.circuitPhase).toBe('closed');
  });

  test('is tried by what can be repeated, and by anything after a while', async () => {
    const { clock, a, b, get, fail } = await twoNodes();
    await fail();
    a.mend();
    clock.pass(1_000);
    const post = { method: 'POST', body: 'x' };
    expect((await get(post)).body).toBe('b');
    expect(b.seen.at(-1)?.method).toBe('POST');
    clock.pass(1_000);
    expect((await get(post)).body).toBe('a');
  });

  test('still gets what has nowhere else to go', async () => {
    const clock = handClock();
    const a = await failingNode('a');
    const balancer = await balance([a], { now: clock.now, circuit: { failures: 1 } });
    expect((await ask(balancer.url)).status).toBe(502);
    a.mend();
    clock.pass(1);
    expect((await ask(balancer.url)).body).toBe('a');
    expect(balancer.fleet.byLabel('a')?.circuitPhase).toBe('closed');
  });

  test('a client that leaves during the probe leaves the next one to try', async () => {
    const clock = handClock();
    const silent = closeAfterTest(await startRawNode((socket) => void socket.on('data', () => {})));
    const b = closeAfterTest(await startNode('b'));
    const nodes = [{ label: 'a', url: silent.url }, b];
    const balancer = await balance(nodes, { now: clock.now });
    const node = balancer.fleet.byLabel('a');
    if (node === undefined) throw new Error('there is no a');
    balancer.fleet.failed(node, 'refused', clock.now());
    clock.pass(1_000);
    const client = await openRaw(balancer.url);
    client.socket.write(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${toA.cookie}\r\n\r\n`);
    await until('it is at the node', () => silent.connections() === 1);
    expect(node.availability).toBe('suspect');
    client.socket.destroy();
    await until('the next one may try', () => node.availability === 'up');
  });
});

test('errors of the application are no reason to pass its node over', async () => {
  const a = closeAfterTest(
    await startNode('a', (_request, response) => {
      response.statusCode = 503;
      response.end('a');
    }),
  );
  const b = closeAfterTest(await startNode('b'));
  const balancer = await balance([a, b], { circuit: { failures: 1 } });
  for (let i = 0; i < 3; i++) expect((await ask(balancer.url, { headers: toA })).body).toBe('a');
  expect(balancer.fleet.byLabel('a')?.availability).toBe('up');
});

describe('when every connection to a node is in use', () => {
  async function busyNode(limits: { queuedPerNode?: number }, queueMs: number) {
    const held: { end(text: string): unknown }[] = [];
    const a = closeAfterTest(await startNode('a', (_request, response) => held.push(response)));
    const b = closeAfterTest(await startNode('b'));
    const balancer = await balance([a, b], {
      limits: { connectionsPerNode: 1, ...limits },
      timeouts: { queueMs },
    });
    const first = ask(balancer.url, { headers: toA });
    await until('the only one is taken', () => held.length === 1);
    const post: Ask = { method: 'POST', body: 'x', headers: toA };
    return { a, b, balancer, held, first, post };
  }

  test('a request waits for one, and takes it', async () => {
    const { balancer, held, first, post } = await busyNode({}, 60_000);
    const second = ask(balancer.url, post);
    await until('it waits', () => balancer.activity.requests === 2);
    held[0]?.end('first');
    expect((await first).body).toBe('first');
    await until('it is at the node', () => held.length === 2);
    held[1]?.end('second');
    expect((await second).body).toBe('second');
  });

  test.each([
    ['no longer than it may', {}, 20],
    ['not at all when too many wait', { queuedPerNode: 0 }, 60_000],
  ])('%s; then any request goes elsewhere, and nobody is accused', async (_name, limits, ms) => {
    const { a, b, balancer, held, first, post } = await busyNode(limits, ms);
    expect((await ask(balancer.url, post)).body).toBe('b');
    expect(a.seen).toHaveLength(1);
    expect(b.seen[0]?.rawHeaders).not.toContain('X-Understudy-Failed-Node');
    expect(balancer.fleet.byLabel('a')?.availability).toBe('up');
    expect(balancer.counters.reroutes.get('busy')).toBe(1);
    held[0]?.end('first');
    expect((await first).body).toBe('first');
  });

  test('and nowhere else to go, the answer says that nothing ran', async () => {
    const { balancer, held, first, post } = await busyNode({}, 20);
    balancer.directory.replace(
      balancer.directory.nodes().flatMap(({ label, url }) => {
        return label === 'a' && url !== undefined ? [{ label, url }] : [];
      }),
    );
    const answer = await ask(balancer.url, post);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    held[0]?.end('first');
    await first;
  });

  test('a client that leaves gives up its place', async () => {
    const { a, balancer, held, first, post } = await busyNode({ queuedPerNode: 1 }, 60_000);
    const client = await openRaw(balancer.url);
    client.socket.write(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${toA.cookie}\r\n\r\n`);
    await until('it waits', () => balancer.activity.requests === 2);
    client.socket.destroy();
    await until('it is gone', () => balancer.activity.requests === 1);
    const second = ask(balancer.url, post);
    await until('another one waits', () => balancer.activity.requests === 2);
    held[0]?.end('first');
    await first;
    await until('it is at the node', () => held.length === 2);
    held[1]?.end('second');
    expect((await second).body).toBe('second');
    expect(a.seen).toHaveLength(2);
  });
});

test('a response cut at any byte of its head never makes a POST run twice', async () => {
  const response = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n';
  let cutAt = 0;
  let requests = 0;
  const a = closeAfterTest(
    await startRawNode((socket) => {
      socket.once('data', () => {
        requests++;
        if (cutAt === 0) socket.resetAndDestroy();
        else socket.write(response.slice(0, cutAt), () => setImmediate(() => socket.destroy()));
      });
    }),
  );
  const b = closeAfterTest(await startNode('b'));
  const balancer = await balance([{ label: 'a', url: a.url }, b], { circuit: { failures: 1_000 } });
  const outcome = async (options: Ask): Promise<string> => {
    const answer = await ask(balancer.url, { headers: toA, ...options }).catch(() => undefined);
    return answer === undefined ? 'cut' : String(answer.status);
  };
  for (cutAt = 0; cutAt <= response.length; cutAt++) {
    const isWhole = cutAt === response.length;
    expect(await outcome({ method: 'POST', body: 'x' })).toBe(isWhole ? 'cut' : '502');
    // Before the first byte a GET is repeated; from then on it is not.
    expect(await outcome({})).toBe(isWhole ? 'cut' : cutAt === 0 ? '200' : '502');
  }
  expect(requests).toBe(2 * (response.length + 1));
  expect(b.seen.map(({ method }) => method)).toEqual(['GET']);
});
