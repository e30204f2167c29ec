import { afterEach, describe, expect, test } from 'vitest';
import { type SessionEvent, SessionEvents } from '../../src/index.js';
import {
  createTestCluster,
  FakeClock,
  type TestCluster,
  type TestNode,
} from '../../src/testing/index.js';
import { ADAPTERS } from '../support/start-app.js';
import {
  Barrier,
  barrier,
  idsOf,
  LifetimeModule,
  MINUTE_MS,
  post,
  SECOND_MS,
} from './lifetime-app.js';

let clock: FakeClock;
let cluster: TestCluster | undefined;
let events: SessionEvent[];

async function start(
  adapter: 'express' | 'fastify',
  nodes = 1,
  absolute = '12h',
  onConflict: 'merge' | 'reject' = 'merge',
): Promise<TestCluster> {
  clock = new FakeClock();
  const options = { timeouts: { renew: '15m', absolute }, onConflict };
  cluster = await createTestCluster({ module: LifetimeModule, adapter, clock, nodes, options });
  events = [];
  for (const { app } of cluster.nodes) {
    app.get(SessionEvents).stream.subscribe((event) => events.push(event));
  }
  return cluster;
}

afterEach(async () => {
  barrier.current = new Barrier(0);
  await cluster?.close();
  cluster = undefined;
});

const renewals = () => events.filter((event) => event.kind === 'rotated');

describe.each(ADAPTERS)('an id that has grown old on %s', (adapter) => {
  test('is replaced by the first request that changes the session', async () => {
    const agent = (await start(adapter)).agent();
    const first = idsOf([await post(agent, '/notes/a')]);
    await clock.advance(15 * MINUTE_MS - SECOND_MS);
    expect(idsOf([await post(agent, '/notes/b')]).size).toBe(0);
    await clock.advance(SECOND_MS);
    expect(idsOf([await agent.fetch('/notes')]).size).toBe(0);
    const second = idsOf([await post(agent, '/notes/c')]);
    expect(second.size).toBe(1);
    expect(second).not.toEqual(first);
    expect(renewals()).toMatchObject([{ reason: 'age' }]);
    // And not again before it is due.
    expect(idsOf([await post(agent, '/notes/d')]).size).toBe(0);
    expect(await (await agent.fetch('/notes')).json()).toEqual({ a: 1, b: 1, c: 1, d: 1 });
  });

  test('is replaced by update(), too', async () => {
    const agent = (await start(adapter)).agent();
    await post(agent, '/notes/a');
    await clock.advance(15 * MINUTE_MS);
    expect(idsOf([await post(agent, '/updates/b')]).size).toBe(1);
    expect(await (await agent.fetch('/notes')).json()).toEqual({ a: 1, b: 1 });
  });

  test.each(['locked', 'exact'])('is replaced by a change of /%s, too', async (route) => {
    const agent = (await start(adapter)).agent();
    await post(agent, '/notes/a');
    await clock.advance(15 * MINUTE_MS);
    expect(idsOf([await post(agent, `/${route}/b`)]).size).toBe(1);
    expect(renewals()).toMatchObject([{ reason: 'age' }]);
    expect(idsOf([await post(agent, `/${route}/c`)]).size).toBe(0);
    expect(await (await agent.fetch('/notes')).json()).toEqual({ a: 1, b: 1, c: 1 });
  });

  test("is replaced where the whole application has onConflict: 'reject'", async () => {
    const agent = (await start(adapter, 1, '12h', 'reject')).agent();
    await post(agent, '/notes/a');
    for (let round = 1; round <= 3; round++) {
      await clock.advance(15 * MINUTE_MS);
      const route = round === 2 ? 'updates' : 'notes';
      expect(idsOf([await post(agent, `/${route}/r${round}`)]).size).toBe(1);
    }
    expect(await (await agent.fetch('/notes')).json()).toEqual({ a: 1, r1: 1, r2: 1, r3: 1 });
  });

  test.each([1, 3])('is replaced once by parallel requests, on %d nodes', async (size) => {
    const { nodes } = await start(adapter, size);
    const agent = (nodes[0] as TestNode).agent();
    await post(agent, '/notes/first');
    for (let round = 1; round <= 3; round++) {
      await clock.advance(15 * MINUTE_MS);
      const names = Array.from({ length: 24 }, (_, index) => `r${round}-${index}`);
      const agents = names.map((_, index) => agent.at(nodes[index % size] as TestNode));
      barrier.current = new Barrier(names.length);
      const responses = await Promise.all(
        names.map((name, index) =>
          post(agents[index] as typeof agent, `/${index % 3 ? 'notes' : 'updates'}/${name}`),
        ),
      );
      expect(responses.map(({ status }) => status)).toEqual(names.map(() => 200));
      expect(idsOf(responses).size).toBe(1);
      expect(renewals().length).toBe(round);
      const renewed = agents.find((one) => one.cookies.get('sid') !== agent.cookies.get('sid'));
      for (const [name, value] of (renewed as typeof agent).cookies) agent.cookies.set(name, value);
      const kept = (await (await agent.fetch('/notes')).json()) as object;
      expect(Object.keys(kept)).toEqual(expect.arrayContaining(names));
    }
  });

  test('is told again to who missed the answer, for as long as the old one answers', async () => {
    const agent = (await start(adapter)).agent();
    await post(agent, '/notes/a');
    await clock.advance(15 * MINUTE_MS);
    const late = agent.at({ app: agent.app });
    const answered = idsOf([await post(agent, '/notes/b')]);
    await clock.advance(10 * SECOND_MS);
    expect(idsOf([await late.fetch('/notes')])).toEqual(answered);
    await clock.advance(10 * SECOND_MS);
    expect(await (await late.fetch('/notes')).json()).toEqual({ a: 1, b: 1 });
    expect(renewals().length).toBe(1);
  });

  test('is worth nothing afterwards, and whoever brings it is reported', async () => {
    const agent = (await start(adapter)).agent();
    await post(agent, '/notes/a');
    await clock.advance(15 * MINUTE_MS);
    const late = agent.at({ app: agent.app });
    await post(agent, '/notes/b');
    await clock.advance(16 * SECOND_MS);
    expect(await (await late.fetch('/notes')).json()).toEqual({});
    expect((await late.fetch('/needs-session')).status).toBe(401);
    expect(events.filter(({ kind }) => kind === 'replaced-id').length).toBe(2);
    expect(await (await agent.fetch('/notes')).json()).toEqual({ a: 1, b: 1 });
  });

  test('a renewal extends neither timeout', async () => {
    const agent = (await start(adapter, 1, '1h')).agent();
    await post(agent, '/notes/q0');
    for (let quarter = 1; quarter < 4; quarter++) {
      await clock.advance(15 * MINUTE_MS);
      expect(idsOf([await post(agent, `/notes/q${quarter}`)]).size).toBe(1);
    }
    await clock.advance(15 * MINUTE_MS - SECOND_MS);
    expect(await (await agent.fetch('/notes')).json()).toEqual({ q0: 1, q1: 1, q2: 1, q3: 1 });
    await clock.advance(2 * SECOND_MS);
    expect(await (await agent.fetch('/notes')).json()).toEqual({});
  });
});
