import { type Cluster, createMemoryBus, memoryTransport } from '@understudy/replication';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SESSION_CLUSTER } from '../../src/index.js';
import { createTestCluster, FakeClock, signIn } from '../../src/testing/index.js';
import type { Browser } from '../support/browser.js';
import { Gate, shopController } from '../support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from '../support/start-app.js';
import {
  type ClusterSettings,
  nodeOptions,
  type RunningCluster,
  type RunningNode,
  startCluster,
} from '../support/start-cluster.js';
import { until } from '../support/until.js';
import { accountModule } from './account-module.js';

const SECRET = 'a secret that all of these tests share';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
const AT_ONCE = 16;
const TOKENS = 256;
/** Of the normal distribution; six happen once in 500 million. */
const SIGMAS = 6;

describe.each(ADAPTERS)('a token on %s', (adapter) => {
  let running: RunningApp;
  let good: string;

  beforeAll(async () => {
    const options = { secret: SECRET };
    running = await startApp({ adapter, controllers: [shopController()], options });
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    good = browser.cookies.get('sid') as string;
  });
  afterAll(() => running.close());

  const statusOf = async (value: string) =>
    (await fetch(`${running.url}/me`, { headers: { cookie: `sid=${value}` } })).status;

  test('that was changed anywhere, cut or made up is nobody (ASVS 7.2.1)', async () => {
    expect(await statusOf(good)).toBe(200);
    const [id, time, mac] = good.split('.') as [string, string, string];
    const forged = [
      ...[...good].map((letter, at) => {
        // Another letter at every place, a different one each time.
        const other = ALPHABET[(ALPHABET.indexOf(letter) + 1 + (at % 60)) % ALPHABET.length];
        return good.slice(0, at) + other + good.slice(at + 1);
      }),
      ...Array.from({ length: good.length }, (_, length) => good.slice(0, length)),
      ...Array.from({ length: 40 }, (_, length) => good + 'A'.repeat(length + 1)),
      ...[`${id}.${time}`, `${id}..${mac}`, `.${time}.${mac}`, `${id}.${mac}.${time}`],
      ...[`${mac}.${time}.${id}`, `${good}.${mac}`, good.toUpperCase(), good.toLowerCase()],
      ...['null', 'undefined', 'true', '[object Object]', '../../etc/passwd', '%00', `${good}%00`],
    ].filter((value) => value !== good);
    const wrong: unknown[] = [];
    for (let at = 0; at < forged.length; at += AT_ONCE) {
      await Promise.all(
        forged.slice(at, at + AT_ONCE).map(async (value) => {
          const status = await statusOf(value);
          if (status !== 401) wrong.push([value, status]);
        }),
      );
    }
    expect(wrong).toEqual([]);
    expect(forged.length).toBeGreaterThan(200);
    expect(await statusOf(good)).toBe(200);
  });

  test('that another secret signed is nobody (ASVS 7.2.1)', async () => {
    const options = { secret: `${SECRET}!` };
    const { logs } = running;
    const other = await startApp({ adapter, controllers: [shopController()], options, logs });
    const browser = other.browser();
    await browser.post('/login', { id: 'ada' });
    expect(await statusOf(browser.cookies.get('sid') as string)).toBe(401);
    await other.close();
  });

  test('has 256 random bits and no constant one, as clients get it (ASVS 7.2.3, 11.5.1)', async () => {
    const ids: Buffer[] = [];
    while (ids.length < TOKENS) {
      const batch = Array.from({ length: AT_ONCE }, async () => {
        const browser = running.browser();
        await browser.post('/cart/lamp');
        return Buffer.from(browser.cookies.get('sid')?.split('.')[0] as string, 'base64url');
      });
      ids.push(...(await Promise.all(batch)));
    }
    expect(new Set(ids.map((id) => id.toString('hex'))).size).toBe(TOKENS);
    expect(new Set(ids.map(({ length }) => length))).toEqual(new Set([32]));
    const spread = SIGMAS * Math.sqrt(TOKENS / 4);
    const uneven = Array.from({ length: 256 }, (_, place) => place).filter((place) => {
      const ones = ids.filter((id) => ((id[place >> 3] as number) >> (place & 7)) & 1).length;
      return Math.abs(ones - TOKENS / 2) > spread;
    });
    expect(uneven).toEqual([]);
  });

  test('is never given twice, nor again after a restart (ASVS 7.2.2)', async () => {
    const ids: string[] = [];
    for (let start = 0; start < 3; start++) {
      const options = { secret: SECRET };
      const { logs } = running;
      const app = await startApp({ adapter, controllers: [shopController()], options, logs });
      const browsers = Array.from({ length: 20 }, () => app.browser());
      // Twice the same person, twice in the same browser.
      for (let round = 0; round < 2; round++) {
        await Promise.all(browsers.map((browser) => browser.post('/login', { id: 'ada' })));
        for (const { cookies } of browsers) ids.push(cookies.get('sid')?.split('.')[0] as string);
      }
      await app.close();
    }
    expect(new Set(ids).size).toBe(120);
    // No part of it is the same in all: nothing static is in there.
    for (let at = 0; at < 43; at++) {
      expect(new Set(ids.map((id) => id[at])).size).toBeGreaterThan(at === 42 ? 4 : 16);
    }
  });
});

describe.each(ADAPTERS)('on three nodes of %s', (adapter) => {
  test.each([0, 10_000])(
    'an old id is nobody anywhere %d ms after a login (ASVS 7.2.4)',
    async (ms) => {
      const clock = new FakeClock();
      const module = accountModule();
      const cluster = await createTestCluster({ module, nodes: 3, adapter, clock });
      const agent = cluster.agent();
      await signIn(agent, 'ada');
      const olds = cluster.nodes.map((node) => agent.at(node));
      expect((await agent.fetch('/login/ada', { method: 'POST' })).status).toBe(200);
      await clock.advance(ms);
      for (const old of olds) expect((await old.fetch('/me')).status).toBe(401);
      for (const node of cluster.nodes)
        expect((await agent.at(node).fetch('/me')).status).toBe(200);
      await cluster.close();
    },
    30_000,
  );
});

describe.each(ADAPTERS)('what was ended, on three nodes of %s', (adapter) => {
  const gate = new Gate();
  let cluster: RunningCluster;
  let nodes: [RunningNode, RunningNode, RunningNode];

  const start = async (more: Partial<ClusterSettings> = {}) => {
    cluster = await startCluster({
      adapter,
      size: 3,
      controllers: [shopController(gate)],
      ...more,
    });
    nodes = cluster.nodes as typeof nodes;
  };

  const signedIn = async (at: number): Promise<Browser> => {
    const browser = nodes[at]?.browser() as Browser;
    expect((await browser.post('/login', { id: 'ada' })).status).toBe(200);
    return browser;
  };

  const statuses = (browser: Browser) =>
    Promise.all(nodes.map(async ({ url }) => (await browser.at(url).fetch('/me')).status));

  test('is over for every request in flight on every node (ASVS 7.4.1)', async () => {
    await start();
    const browser = await signedIn(0);
    const names = Array.from({ length: 12 }, (_, index) => `k${index}`);
    const arrived = names.map((name) => gate.hold(name));
    const writing = names.map((name, index) =>
      browser.at(nodes[index % 3]?.url as string).send('PUT', `/keys/${name}`, { value: 1 }),
    );
    await Promise.all(arrived);
    expect((await browser.at(nodes[1].url).post('/logout')).status).toBe(204);
    expect(await statuses(browser)).toEqual([401, 401, 401]);
    for (const name of names) gate.release(name);
    const answers = await Promise.all(writing);
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 401));
    expect(await statuses(browser)).toEqual([401, 401, 401]);
    await cluster.close();
  });

  test('is not served by a node that is cut off, nor when it is back (ASVS 7.4.1)', async () => {
    await start({ onIsolation: 'refuse' });
    // One session is led by the node that is cut off, the other one by those that stay.
    const browsers = [await signedIn(0), await signedIn(1)];
    const [away, one] = nodes;
    away.cable.disconnect();
    await until(() => stateOf(one, away.label) === 'dead');
    for (const browser of browsers) {
      const tab = browser.at(one.url);
      await until(async () => (await tab.post('/logout')).status === 204);
    }
    for (const browser of browsers) {
      const late = browser.at(away.url).send('PUT', '/keys/late', { value: 1 });
      expect((await late).status).not.toBe(200);
      expect((await browser.at(away.url).fetch('/me')).status).not.toBe(200);
    }
    away.cable.connect();
    await until(() => nodes.every(({ cluster }) => countActive(cluster) === 3), 20_000);
    for (const browser of browsers) expect(await statuses(browser)).toEqual([401, 401, 401]);
    await cluster.close();
  }, 40_000);

  test('is over although only a node that was away had it (ASVS 7.4.1)', async () => {
    await start({ onIsolation: 'serve' });
    const [away, one] = nodes;
    away.cable.disconnect();
    const browser = away.browser();
    await until(async () => (await browser.post('/cart/lamp')).status === 200);
    await until(() => stateOf(one, away.label) === 'dead');
    const tab = browser.at(one.url);
    expect((await tab.post('/logout')).status).toBe(204);
    expect(tab.cookies.has('sid')).toBe(false);
    away.cable.connect();
    await until(() => nodes.every(({ cluster }) => countActive(cluster) === 3), 20_000);
    for (const { url } of nodes) {
      expect(await browser.at(url).json('/cart')).toMatchObject({ items: [] });
    }
    await cluster.close();
  }, 40_000);

  test('stays so when every node is restarted, one after the other (ASVS 7.4.1)', async () => {
    const bus = createMemoryBus();
    await start({ bus });
    const browser = await signedIn(0);
    const other = await signedIn(0);
    expect((await browser.at(nodes[0].url).post('/logout')).status).toBe(204);
    const urls = nodes.map(({ url }) => url);
    const restarted: RunningApp[] = [];
    for (const [index, node] of nodes.entries()) {
      await node.close();
      const options = nodeOptions(`n${index + 1}`, memoryTransport({ bus }));
      const { logs } = node;
      const fresh = await startApp({ adapter, controllers: [shopController()], options, logs });
      restarted.push(fresh);
      urls[index] = fresh.url;
      await until(() => countActive(fresh.app.get(SESSION_CLUSTER)) === 3);
      for (const url of urls) {
        expect((await browser.at(url).fetch('/me')).status).toBe(401);
        // And it is not that nobody remembers anything.
        expect((await other.at(url).fetch('/me')).status).toBe(200);
      }
    }
    await Promise.all(restarted.map((app) => app.close()));
  }, 40_000);
});

const countActive = (cluster: Cluster) =>
  cluster.members().filter(({ state }) => state === 'active').length;

const stateOf = ({ cluster }: RunningNode, label: string) =>
  cluster.members().find((member) => member.label === label)?.state ?? 'dead';
