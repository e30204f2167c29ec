import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { sessionKeyOf } from '../../src/identity/session-id.js';
import {
  createTestCluster,
  FakeClock,
  type TestAgent,
  type TestCluster,
  type TestClusterOptions,
  type TestNode,
} from '../../src/testing/index.js';
import { ADAPTERS } from '../support/start-app.js';
import { DAY_MS, LifetimeModule, MINUTE_MS, post, SECOND_MS, setCookieOf } from './lifetime-app.js';

let clock: FakeClock;
let cluster: TestCluster | undefined;

async function start(
  adapter: 'express' | 'fastify',
  timeouts: NonNullable<TestClusterOptions['options']>['timeouts'],
  nodes = 1,
): Promise<TestCluster> {
  clock = new FakeClock();
  const options = { timeouts };
  cluster = await createTestCluster({ module: LifetimeModule, adapter, clock, nodes, options });
  return cluster;
}

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

/** Whether the session is there; lets time pass only while the answer needs it to. */
async function isAlive(agent: TestAgent): Promise<boolean> {
  const answer = agent.fetch('/notes').then(async (response) => {
    expect(response.status).toBe(200);
    return Object.keys((await response.json()) as object).length > 0;
  });
  let isDone = false;
  answer.catch(() => undefined);
  const done = answer.finally(() => {
    isDone = true;
  });
  for (let turn = 0; !isDone; turn++) {
    await delay(2);
    if (turn > 100) await clock.advance(10);
  }
  return done;
}

/** The node that has the session is cut off, and the others know. */
async function failOver({ nodes }: TestCluster): Promise<TestNode> {
  const [first, second] = nodes as [TestNode, TestNode];
  first.cable.disconnect();
  await clock.advance(10 * SECOND_MS);
  return second;
}

describe.each(ADAPTERS)('deadlines on %s', (adapter) => {
  test.each([
    ['alive one second before', -SECOND_MS, true],
    ['dead one second after', SECOND_MS, false],
  ])('a session is %s its idle timeout (ASVS 7.3.1)', async (_name, offsetMs, expected) => {
    const agent = (await start(adapter, { idle: '10m' })).agent();
    await post(agent, '/notes/a');
    await clock.advance(10 * MINUTE_MS + offsetMs);
    expect(await isAlive(agent)).toBe(expected);
  });

  // The last requests may have come in the tenth of which the others are not told.
  test.each([
    ['alive one second before its idle timeout', 110 * SECOND_MS - SECOND_MS, true],
    ['dead a tenth and one second after it', 122 * SECOND_MS + SECOND_MS, false],
  ])('after a failover it is %s (ASVS 7.3.1)', async (_name, waitMs, expected) => {
    const running = await start(adapter, { idle: '2m' }, 3);
    const agent = running.agent();
    await post(agent, '/notes/a');
    const second = await failOver(running);
    await clock.advance(waitMs);
    expect(await isAlive(agent.at(second))).toBe(expected);
  });

  test.each([
    ['alive one second before', -SECOND_MS, true],
    ['dead one second after', SECOND_MS, false],
  ])('a session in use each second is %s its absolute timeout (ASVS 7.3.2)', async (...row) => {
    const [, offsetMs, expected] = row;
    const agent = (await start(adapter, { idle: '1m', absolute: '2m' })).agent();
    await post(agent, '/notes/a');
    for (let second = 1; second < 119; second++) {
      await clock.advance(SECOND_MS);
      expect(await isAlive(agent)).toBe(true);
    }
    await clock.advance(2 * SECOND_MS + offsetMs);
    expect(await isAlive(agent)).toBe(expected);
  });

  test.each([
    ['alive one second before', -SECOND_MS, true],
    ['dead one second after', SECOND_MS, false],
  ])('and %s it after a failover (ASVS 7.3.2)', async (_name, offsetMs, expected) => {
    const running = await start(adapter, { idle: '2m', absolute: '3m' }, 3);
    const agent = running.agent();
    await post(agent, '/notes/a');
    const other = agent.at(await failOver(running));
    for (let second = 10; second < 170; second += 10) {
      await clock.advance(10 * SECOND_MS);
      expect(await isAlive(other)).toBe(true);
    }
    await clock.advance(10 * SECOND_MS + offsetMs);
    expect(await isAlive(other)).toBe(expected);
  });

  test('an assurance level sets both (ASVS 7.3.1, 7.3.2)', async () => {
    const agent = (await start(adapter, 'aal3')).agent();
    await post(agent, '/notes/a');
    await clock.advance(15 * MINUTE_MS - SECOND_MS);
    expect(await isAlive(agent)).toBe(true);
    await clock.advance(15 * MINUTE_MS + SECOND_MS);
    expect(await isAlive(agent)).toBe(false);
  });

  test('a session ends when that of the identity provider does (ASVS 7.6.1)', async () => {
    const agent = (await start(adapter, { idle: '30m', absolute: '12h' })).agent();
    await post(agent, '/notes/a');
    const until = clock.wallMs() + 40 * MINUTE_MS;
    expect((await post(agent, '/sign-in', { until })).status).toBe(200);
    await clock.advance(20 * MINUTE_MS);
    expect(await isAlive(agent)).toBe(true);
    await clock.advance(20 * MINUTE_MS - SECOND_MS);
    expect(await isAlive(agent)).toBe(true);
    await clock.advance(2 * SECOND_MS);
    expect(await isAlive(agent)).toBe(false);
  });

  test('and not later than its own timeouts, whatever the provider says (ASVS 7.6.1)', async () => {
    const agent = (await start(adapter, { idle: '1m', absolute: '1m' })).agent();
    await post(agent, '/notes/a');
    await post(agent, '/sign-in', { until: clock.wallMs() + DAY_MS });
    await clock.advance(MINUTE_MS + SECOND_MS);
    expect(await isAlive(agent)).toBe(false);
  });

  test('a login until a time that is past is refused (ASVS 7.6.1)', async () => {
    const agent = (await start(adapter, {})).agent();
    expect((await post(agent, '/sign-in', { until: clock.wallMs() - 1 })).status).toBe(500);
    expect(agent.cookies.size).toBe(0);
  });
});

describe.each(ADAPTERS)('a remembered login on %s', (adapter) => {
  const timeouts = { idle: '5m', absolute: '10m', remember: '1h' };

  test('outlives the browser and the other timeouts, and ends by its own', async () => {
    const agent = (await start(adapter, timeouts)).agent();
    await post(agent, '/notes/a');
    const response = await post(agent, '/sign-in', { remember: true });
    for (const name of ['sid', 'sid-route', 'sid-csrf']) {
      expect(setCookieOf(response, name)).toContain('; Max-Age=3600');
    }
    expect(response.headers.get('session-info')).toContain('exp=3600');
    await clock.advance(11 * MINUTE_MS);
    expect(await isAlive(agent)).toBe(true);
    await clock.advance(49 * MINUTE_MS - SECOND_MS);
    expect(await isAlive(agent)).toBe(true);
    await clock.advance(2 * SECOND_MS);
    expect(await isAlive(agent)).toBe(false);
  });

  test('is forgotten by the next one that is not', async () => {
    const agent = (await start(adapter, timeouts)).agent();
    await post(agent, '/sign-in', { remember: true });
    const response = await post(agent, '/sign-in');
    expect(setCookieOf(response, 'sid')).not.toContain('Max-Age');
    expect(response.headers.get('session-info')).toContain('exp=300');
  });

  test('is refused without the option, and nobody is signed in', async () => {
    const agent = (await start(adapter, {})).agent();
    const response = await post(agent, '/sign-in', { remember: true });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ code: 'session-value' });
    expect((await agent.fetch('/me')).status).toBe(401);
  });
});

describe.each(ADAPTERS)('a session that is gone on %s', (adapter) => {
  async function refusal(agent: TestAgent): Promise<object> {
    const response = await agent.fetch('/needs-session');
    expect(response.status).toBe(401);
    return (await response.json()) as object;
  }

  test('has expired, as long as the engine remembers', async () => {
    const agent = (await start(adapter, { idle: '1m' })).agent();
    await post(agent, '/notes/a');
    await clock.advance(MINUTE_MS + SECOND_MS);
    const expired = { code: 'authentication-required', detail: expect.stringMatching(/expired/) };
    expect(await refusal(agent)).toMatchObject(expired);
  });

  test('was revoked, when it was', async () => {
    const running = await start(adapter, {});
    const agent = running.agent();
    await post(agent, '/notes/a');
    const id = agent.cookies.get('sid')?.split('.')[0] ?? '';
    await running.nodes[0]?.cluster.destroy(sessionKeyOf(id), 'account disabled');
    expect(await refusal(agent)).toMatchObject({ detail: expect.stringMatching(/revoked/) });
  });
});
