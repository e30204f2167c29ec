import { afterEach, describe, expect, test } from 'vitest';
import { createTestCluster, FakeClock, type TestCluster } from '../../src/testing/index.js';
import { ADAPTERS } from '../support/start-app.js';
import {
  HOUR_MS,
  LifetimeModule,
  MINUTE_MS,
  post,
  SECOND_MS,
  setCookieOf,
} from './lifetime-app.js';

/** Longer than the idle timeout of the options, by default. */
const LASTING_MS = 40 * MINUTE_MS;

let clock: FakeClock;
let cluster: TestCluster | undefined;

async function start(adapter: 'express' | 'fastify'): Promise<TestCluster> {
  clock = new FakeClock();
  cluster = await createTestCluster({ module: LifetimeModule, adapter, clock, nodes: 1 });
  return cluster;
}

afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

describe.each(ADAPTERS)('session.cookie on %s', (adapter) => {
  test('maxAge gives one session an idle timeout of its own, and lasting cookies', async () => {
    const agent = (await start(adapter)).agent();
    await post(agent, '/notes/a');
    const id = agent.cookies.get('sid');
    const response = await post(agent, '/cookie/maxAge', { value: LASTING_MS });
    expect(await response.json()).toEqual({ maxAge: LASTING_MS });
    for (const name of ['sid', 'sid-route', 'sid-csrf']) {
      expect(setCookieOf(response, name)).toContain('; Max-Age=43200');
    }
    // The same id with another lifetime.
    expect(agent.cookies.get('sid')).toBe(id);
    expect(response.headers.get('session-info')).toContain('exp=2400');
    await clock.advance(LASTING_MS - SECOND_MS);
    expect(await (await agent.fetch('/notes')).json()).toEqual({ a: 1 });
    await clock.advance(LASTING_MS + SECOND_MS);
    expect(await (await agent.fetch('/notes')).json()).toEqual({});
  });

  test('maxAge shortens it as well', async () => {
    const agent = (await start(adapter)).agent();
    await post(agent, '/notes/a');
    await post(agent, '/cookie/maxAge', { value: MINUTE_MS });
    await clock.advance(MINUTE_MS + SECOND_MS);
    expect(await (await agent.fetch('/notes')).json()).toEqual({});
  });

  test('expires is the same as an instant', async () => {
    const agent = (await start(adapter)).agent();
    await post(agent, '/notes/a');
    const value = clock.wallMs() + HOUR_MS;
    const response = await post(agent, '/cookie/expires', { value });
    expect(await response.json()).toEqual({ maxAge: HOUR_MS });
  });

  test.each([
    ['maxAge', null],
    ['expires', false],
  ])('%s %s takes it back', async (name, value) => {
    const agent = (await start(adapter)).agent();
    await post(agent, '/notes/a');
    await post(agent, '/cookie/maxAge', { value: LASTING_MS });
    const response = await post(agent, `/cookie/${name}`, { value });
    expect(setCookieOf(response, 'sid')).not.toContain('Max-Age');
    expect(response.headers.get('session-info')).toContain('exp=1800');
    await clock.advance(30 * MINUTE_MS + SECOND_MS);
    expect(await (await agent.fetch('/notes')).json()).toEqual({});
  });

  test('it stays with the session when somebody signs in', async () => {
    const agent = (await start(adapter)).agent();
    await post(agent, '/notes/a');
    await post(agent, '/cookie/maxAge', { value: LASTING_MS });
    const response = await post(agent, '/sign-in');
    expect(setCookieOf(response, 'sid')).toContain('; Max-Age=43200');
    await clock.advance(31 * MINUTE_MS);
    expect(await (await agent.fetch('/me')).json()).toEqual({ id: 'ada' });
  });

  test.each<[string, unknown, RegExp]>([
    ['maxAge', 13 * HOUR_MS, /expected from 1s to 12h.*timeouts\.absolute/],
    ['maxAge', 999, /expected from 1s/],
    ['maxAge', -1, /expected from 1s/],
    ['maxAge', '1h', /expects milliseconds or null/],
    ['expires', 'tomorrow', /expects a Date or null/],
    ['secure', false, /cookie\.secure cannot be set/],
    ['httpOnly', false, /cookie\.httpOnly cannot be set/],
    ['domain', 'example.com', /cookie\.domain cannot be set/],
    ['unknown', 1, /cookie\.unknown cannot be set/],
  ])('%s = %j is refused with the reason and nothing is stored', async (name, value, reason) => {
    const agent = (await start(adapter)).agent();
    await post(agent, '/notes/a');
    const response = await post(agent, `/cookie/${name}`, { value });
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({
      code: 'session-value',
      detail: expect.stringMatching(reason),
    });
    expect(await (await agent.fetch('/cookie')).json()).toMatchObject({ maxAge: 30 * MINUTE_MS });
  });

  test('alone it begins no session (ASVS 7.6.2)', async () => {
    const agent = (await start(adapter)).agent();
    const response = await post(agent, '/cookie/maxAge', { value: HOUR_MS });
    expect(response.status).toBe(200);
    expect(agent.cookies.size).toBe(0);
  });
});
