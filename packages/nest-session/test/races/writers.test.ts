import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Gate, shopController } from '../support/shop.js';
import { ADAPTERS } from '../support/start-app.js';
import { type Nodes, startNodes, urlAt } from './start-nodes.js';

const ROUNDS = 50;
const WRITERS = 4;

const CASES = ADAPTERS.flatMap((adapter) => [1, 3].map((size) => ({ adapter, size })));

describe.each(CASES)('50 rounds on $size node(s) of $adapter', ({ adapter, size }) => {
  const gate = new Gate();
  let nodes: Nodes;

  beforeAll(async () => {
    nodes = await startNodes({ adapter, size, controllers: [shopController(gate)] });
  });
  afterAll(() => nodes.close());

  test('parallel writers of different keys lose nothing', async () => {
    let kept = 0;
    const browser = nodes.browser();
    await browser.post('/cart/lamp');
    for (let round = 0; round < ROUNDS; round++) {
      const keys = Array.from({ length: WRITERS }, (_, index) => `r${round}w${index}`);
      const arrived = keys.map((key) => gate.hold(key));
      const writing = keys.map((key, index) =>
        browser.at(urlAt(nodes, index + round)).send('PUT', `/keys/${key}`, { value: round }),
      );
      // Each has read the session before any of them stores.
      await Promise.all(arrived);
      for (const key of keys) gate.release(key);
      await Promise.all(writing);
      const found = await browser.at(urlAt(nodes, round + 1)).json('/keys');
      if (keys.every((key) => found[key] === round)) kept += 1;
    }
    expect(kept).toBe(ROUNDS);
  }, 60_000);

  test('no write in flight revives a session that was signed out', async () => {
    const revived: number[] = [];
    const statuses = new Set<number>();
    for (let round = 0; round < ROUNDS; round++) {
      const browser = nodes.browser();
      await browser.post('/login', { id: 'ada' });
      const writer = browser.at(urlAt(nodes, round));
      const copy = browser.at(urlAt(nodes, round + 2));
      const arrived = gate.hold('late');
      const writing = writer.send('PUT', '/keys/late', { value: round });
      await arrived;
      expect((await browser.at(urlAt(nodes, round + 1)).post('/logout')).status).toBe(204);
      gate.release('late');
      statuses.add((await writing).status);
      if (await isAlive(copy, nodes)) revived.push(round);
      // Neither does what the late answer did to the browser.
      if (await isAlive(writer, nodes)) revived.push(round);
    }
    expect(revived).toEqual([]);
    expect(statuses).toEqual(new Set([401]));
  }, 60_000);

  test('no read in flight, which extends its time, revives a session that was signed out', async () => {
    const revived: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const browser = nodes.browser();
      await browser.post('/login', { id: 'ada' });
      const reader = browser.at(urlAt(nodes, round));
      const copy = browser.at(urlAt(nodes, round + 2));
      const arrived = gate.hold('slow-me');
      const reading = reader.fetch('/slow-me');
      await arrived;
      expect((await browser.at(urlAt(nodes, round + 1)).post('/logout')).status).toBe(204);
      gate.release('slow-me');
      await reading;
      if (await isAlive(copy, nodes)) revived.push(round);
      if (await isAlive(reader, nodes)) revived.push(round);
    }
    expect(revived).toEqual([]);
  }, 60_000);
});

/** Whether any node serves somebody signed in. */
async function isAlive(browser: ReturnType<Nodes['browser']>, { urls }: Nodes): Promise<boolean> {
  const statuses = await Promise.all(
    urls.map(async (url) => (await browser.at(url).fetch('/me')).status),
  );
  return statuses.some((status) => status !== 401);
}
