import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SessionEvent, SessionEvents } from '../../src/index.js';
import type { Browser } from '../support/browser.js';
import { ADAPTERS } from '../support/start-app.js';
import { type RunningCluster, startCluster } from '../support/start-cluster.js';
import { AccountController, countSignedIn, isSignedIn } from './account.js';
import { Watcher } from './watcher.js';

const LIMIT = 3;
const LOGINS = 100;

const POLICIES = ['evict-oldest', 'reject'] as const;
const CASES = ADAPTERS.flatMap((adapter) => POLICIES.map((onLimit) => ({ adapter, onLimit })));

describe.each(CASES)('at most 3 sessions, $onLimit, on $adapter', ({ adapter, onLimit }) => {
  let cluster: RunningCluster;
  let names = 0;

  beforeAll(async () => {
    cluster = await startCluster({
      adapter,
      size: 3,
      callTimeoutMs: 60_000,
      controllers: [AccountController],
      options: { limits: { perPrincipal: LIMIT, onLimit } },
    });
  });
  afterAll(() => cluster.close());

  const someone = () => `person-${names++}`;
  const at = (index: number) => cluster.nodes[index % cluster.nodes.length]?.browser() as Browser;

  async function signIn(browser: Browser, principal: string): Promise<Response> {
    return browser.post(`/login/${principal}`);
  }

  async function signedInEverywhere(principal: string): Promise<Browser[]> {
    const browsers = [at(0), at(1), at(2)];
    for (const browser of browsers) expect((await signIn(browser, principal)).status).toBe(200);
    return browsers;
  }

  test('one login more than allowed has the documented effect (ASVS 7.1.2)', async () => {
    const principal = someone();
    const browsers = await signedInEverywhere(principal);
    const fourth = at(3);
    const response = await signIn(fourth, principal);
    if (onLimit === 'reject') {
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({
        type: 'urn:understudy:session-limit',
        code: 'session-limit',
      });
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(await countSignedIn(browsers)).toBe(3);
    } else {
      expect(response.status).toBe(200);
      const [oldest, ...others] = browsers as [Browser, Browser, Browser];
      expect(await isSignedIn(oldest)).toBe(false);
      expect(await countSignedIn([...others, fourth])).toBe(3);
    }
  });

  test('the limit of one principal is nothing to another', async () => {
    const browsers = await signedInEverywhere(someone());
    const others = await signedInEverywhere(someone());
    expect(await countSignedIn([...browsers, ...others])).toBe(6);
  });

  test('who signs in again takes no second place', async () => {
    const principal = someone();
    const browsers = await signedInEverywhere(principal);
    for (const browser of browsers) expect((await signIn(browser, principal)).status).toBe(200);
    expect(await countSignedIn(browsers)).toBe(3);
  });

  test('a new id within a login keeps its place', async () => {
    const principal = someone();
    const browsers = await signedInEverywhere(principal);
    for (const browser of browsers) expect((await browser.post('/rotate')).status).toBe(200);
    expect(await countSignedIn(browsers)).toBe(3);
    const status = (await signIn(at(1), principal)).status;
    expect(status).toBe(onLimit === 'reject' ? 403 : 200);
    expect(await countSignedIn(browsers)).toBe(onLimit === 'reject' ? 3 : 2);
  });

  test('who signs out, or signs in as somebody else, leaves a place', async () => {
    const principal = someone();
    const [one, two, three] = (await signedInEverywhere(principal)) as [Browser, Browser, Browser];
    await one.post('/logout');
    await signIn(two, someone());
    const added = [at(1), at(2)];
    for (const browser of added) expect((await signIn(browser, principal)).status).toBe(200);
    expect(await countSignedIn([three, ...added])).toBe(3);
    expect(await isSignedIn(two)).toBe(true);
  });

  test('a login that is not stored takes no place and ends nobody', async () => {
    const principal = someone();
    const browsers = await signedInEverywhere(principal);
    for (let index = 0; index < 4; index++) {
      expect((await at(index).post(`/fail/500/${principal}`)).status).toBe(500);
    }
    expect(await countSignedIn(browsers)).toBe(3);
  });

  test('whoever watches hears of it', async () => {
    const events: SessionEvent[] = [];
    const subscriptions = cluster.nodes.map(({ app }) =>
      app.get(SessionEvents).stream.subscribe((event) => events.push(event)),
    );
    const principal = someone();
    await signedInEverywhere(principal);
    await signIn(at(0), principal);
    for (const subscription of subscriptions) subscription.unsubscribe();
    const told = events.filter(({ kind }) => kind === 'limit-reached');
    const ended = onLimit === 'reject' ? 0 : 1;
    expect(told).toEqual([{ kind: 'limit-reached', principal, limit: LIMIT, ended, onLimit }]);
  });

  test('100 simultaneous logins never leave more than 3 alive (ASVS 15.4.2)', async () => {
    const principal = someone();
    const watcher = new Watcher(cluster.nodes.map(({ url }) => url));
    const watching = watcher.watch();
    const statuses = await Promise.all(
      Array.from({ length: LOGINS }, async (_, index) => {
        const browser = at(index);
        // Half of them have been there before: their login gives a session another id.
        if (index % 2 === 0) await browser.fetch('/session?csrf=1');
        const { status } = await signIn(browser, principal);
        if (status === 200) watcher.signedIn(browser);
        return status;
      }),
    );
    watcher.stop();
    await watching;
    const count = (status: number) => statuses.filter((each) => each === status).length;
    expect(watcher.mostAtOnce).toBeLessThanOrEqual(LIMIT);
    expect(watcher.alive).toBe(LIMIT);
    // Others took the place meanwhile, or it was full.
    const refused = onLimit === 'reject' ? 403 : 401;
    expect(statuses.filter((each) => each !== 200 && each !== refused)).toEqual([]);
    if (onLimit === 'reject') expect(count(200)).toBe(LIMIT);
    expect(watcher.looks).toBeGreaterThan(1);
  }, 60_000);
});
