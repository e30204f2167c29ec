import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { balance, closeAfterTest, type TestBalancer } from '../support/bench.js';
import { openRaw, type RawClient } from '../support/client.js';
import { type RawNode, startNode, startRawNode } from '../support/upstream-node.js';
import { until } from '../support/wait.js';
import { AMBIGUOUS, COMPLIANT, type SmugglingCase } from './corpus/index.js';

/** A body that comes in pieces on a busy machine is still judged as a whole before a node is. */
const PATIENT = { timeouts: { bodyHoldMs: 15_000, lingerMs: 15_000 } };

interface Bench {
  readonly balancer: TestBalancer;
  readonly node: RawNode;
}

async function startBench(): Promise<Bench> {
  const node = closeAfterTest(await startRawNode((socket) => void socket.resume()));
  return { balancer: await balance([{ label: 'a', url: node.url }], PATIENT), node };
}

/** Writes the pieces one by one, each in a packet of its own as far as that can be had. */
async function send({ socket }: RawClient, pieces: readonly string[], end = false): Promise<void> {
  socket.setNoDelay(true);
  for (const piece of pieces) {
    if (!socket.writable) return;
    socket.write(piece, 'latin1');
    if (pieces.length > 1) await nextTurn();
  }
  if (end) socket.end();
}

/** What the client got until its connection was closed, which every refusal has to end with. */
async function refusal(
  { balancer }: Bench,
  { bytes, endsEarly }: SmugglingCase,
  pieces: readonly string[] = [bytes],
): Promise<string> {
  const client = await openRaw(balancer.url);
  await send(client, pieces, endsEarly);
  return client.closed;
}

function expectRefusal(text: string, { name, status = 400 }: SmugglingCase): void {
  expect(text, name).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(text.match(/HTTP\/1\.1 \d{3} /g), name).toHaveLength(1);
  expect(text.toLowerCase(), name).toContain('\r\nconnection: close\r\n');
  expect(text, name).toContain('"type":"urn:understudy:bad-request"');
}

describe('an ambiguous request', () => {
  test('is in the corpus under a name of its own', () => {
    expect(new Set(AMBIGUOUS.map(({ name }) => name)).size).toBe(AMBIGUOUS.length);
    expect(AMBIGUOUS.length).toBeGreaterThanOrEqual(120);
  });

  test('is refused, its connection closed, and no node sees a byte', async () => {
    const bench = await startBench();
    for (const each of AMBIGUOUS) {
      expectRefusal(await refusal(bench, each), each);
      expect(bench.node.connections(), each.name).toBe(0);
    }
    expect(bench.balancer.activity.requests).toBe(0);
  });

  test('is refused as well when it comes byte by byte', async () => {
    const bench = await startBench();
    for (const each of AMBIGUOUS) {
      if (each.bytes.length > 1_000) continue;
      expectRefusal(await refusal(bench, each, [...each.bytes]), each);
      expect(bench.node.connections(), each.name).toBe(0);
    }
  });

  test('is refused wherever it is cut', async () => {
    const bench = await startBench();
    const cut = fc.tuple(fc.constantFrom(...AMBIGUOUS), fc.double({ min: 0, max: 1, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(cut, async ([each, share]) => {
        const at = Math.round(each.bytes.length * share);
        const pieces = [each.bytes.slice(0, at), each.bytes.slice(at)];
        expectRefusal(await refusal(bench, each, pieces), each);
        expect(bench.node.connections(), each.name).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('behind one that is being served waits for the answer to that', async () => {
    const held: { end(text: string): unknown }[] = [];
    const node = closeAfterTest(await startNode('a', (_request, response) => held.push(response)));
    const balancer = await balance([node], PATIENT);
    // A client that closes its direction is taken as gone: there is nobody left to answer.
    for (const each of AMBIGUOUS.filter(({ endsEarly }) => endsEarly !== true)) {
      held.length = 0;
      const client = await openRaw(balancer.url);
      await send(client, [`GET /first HTTP/1.1\r\nHost: x\r\n\r\n${each.bytes}`]);
      await until('the first is at the node', () => held.length === 1);
      held[0]?.end('first');
      const text = await client.closed;
      const status = each.name === 'request line: CONNECT' ? 501 : (each.status ?? 400);
      expect(text.match(/HTTP\/1\.1 \d{3}/g), each.name).toEqual([
        'HTTP/1.1 200',
        `HTTP/1.1 ${status}`,
      ]);
    }
    expect(node.seen.filter(({ url }) => url !== '/first')).toEqual([]);
  });
});

describe('an odd but well-formed request', () => {
  const serve = async (asPieces: (bytes: string) => readonly string[]): Promise<void> => {
    const node = closeAfterTest(await startNode('a', (_request, response) => response.end('ok')));
    const balancer = await balance([node], PATIENT);
    for (const { name, bytes, seen } of COMPLIANT) {
      node.seen.length = 0;
      const client = await openRaw(balancer.url);
      await send(client, asPieces(bytes));
      await until(
        name,
        () => (client.received().match(/HTTP\/1\.1 200 OK/g) ?? []).length === seen.length,
      );
      const got = node.seen.map(({ method, url, body }) => `${method} ${url} ${body}`);
      // Requests sent at once are answered in order, but may reach a node in any.
      expect(got.sort(), name).toEqual([...seen].sort());
      expect(client.received(), name).not.toContain('bad-request');
      client.socket.destroy();
    }
  };

  test('is passed on', () => serve((bytes) => [bytes]));

  test('is passed on as well when it comes byte by byte', () => serve((bytes) => [...bytes]));
});
