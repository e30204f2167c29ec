import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Browser } from '../support/browser.js';
import { ADAPTERS } from '../support/start-app.js';
import { type BuiltProgram, buildProgram } from './build-program.js';
import { formsOf, found } from './forms-of-id.js';

const CLIENTS = 24;

/** A browser that remembers every id it was ever given. */
class Collector extends Browser {
  readonly given = new Set<string>();

  override async fetch(path: string, init?: RequestInit): Promise<Response> {
    const response = await super.fetch(path, init);
    const cookie = this.cookies.get('sid');
    if (cookie) this.given.add(cookie);
    return response;
  }
}

/** What the program says next; rejects when it ends instead. */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the program ended with ${code}`);
  });
  const [answer] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
  ended.catch(() => {});
  return answer;
}

let program: BuiltProgram;
beforeAll(async () => {
  program = await buildProgram('cluster-program');
}, 60_000);
afterAll(() => program?.remove());

describe.each(ADAPTERS)('after a run of three nodes on %s', (adapter) => {
  const issued = new Set<string>();
  const bodies: string[] = [];
  const controls = new Map<string, string>();
  let child: ChildProcess;

  beforeAll(async () => {
    child = fork(program.file, [adapter, program.folder], { execArgv: ['--expose-gc'] });
    const { urls } = (await answerOf(child)) as { urls: readonly string[] };
    const urlAt = (index: number) => urls[index % urls.length] as string;
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, index) => {
        const browser = new Collector(urlAt(index));
        await useShop(browser, index, urlAt);
        for (const cookie of browser.given) issued.add(cookie);
      }),
    );
    for (const place of ['memory', 'bus', 'log']) {
      const browser = new Browser(urlAt(0));
      await browser.post('/cart/control');
      await browser.post(`/leak/${place}`);
      controls.set(place, browser.cookies.get('sid') as string);
    }
    child.send('snapshot');
    expect(await answerOf(child)).toEqual({ done: true, leaked: 1 });
  }, 120_000);
  afterAll(() => {
    if (child.exitCode === null) child.kill('SIGKILL');
  });

  /** All that gives, changes, shows or ends an id. */
  async function useShop(browser: Collector, index: number, urlAt: (index: number) => string) {
    const step = async (response: Promise<Response>) => {
      bodies.push(await (await response).text());
      browser.url = urlAt(index + bodies.length);
    };
    await step(browser.post(`/cart/lamp${index}`));
    await step(browser.send('PUT', '/keys/note', { value: index }));
    await step(browser.fetch('/session'));
    await step(browser.post('/login', { id: `person-${index % 3}`, roles: ['admin'] }));
    await step(browser.fetch('/session/devices'));
    await step(browser.post('/cart/chair', undefined, { 'idempotency-key': `key-${index}` }));
    await step(browser.post('/login', { id: `person-${index % 3}`, roles: [] }));
    const cookie = browser.cookies.get('sid') as string;
    // What is refused is told, too.
    await step(browser.fetch('/me', { headers: { cookie: `sid=${cookie}x` } }));
    await step(browser.post('/cart/lamp', undefined, { 'x-csrf-token': 'forged' }));
    await step(browser.fetch('/admin'));
    if (index % 2 === 0) await step(browser.post('/logout'));
  }

  const read = (name: string) => readFileSync(`${program.folder}/${name}`);

  test('many ids were given', () => {
    // Three for most; whom the limit of sessions signed out meanwhile gets no third one.
    expect(issued.size).toBeGreaterThanOrEqual(CLIENTS * 2);
  });

  test('no id is in the heap', () => {
    const heap = read('heap');
    expect(found(issued, heap)).toEqual([]);
    expect(found([controls.get('memory') as string], heap)).toHaveLength(1);
    // And it is the heap of those nodes: what is no secret is there.
    expect(heap.includes('person-1')).toBe(true);
  });

  test('no id was on the bus', () => {
    const bus = read('bus');
    expect(found(issued, bus)).toEqual([]);
    expect(found([controls.get('bus') as string], bus)).toHaveLength(1);
    expect(bus.includes('person-1')).toBe(true);
  });

  test('no id is in a log line or an event (ASVS 16.2.5)', () => {
    const text = Buffer.concat([read('logs'), read('events')]);
    expect(found(issued, text)).toEqual([]);
    expect(found([controls.get('log') as string], text)).toHaveLength(1);
    expect(read('events').toString()).toContain('"kind":"csrf-refused"');
  });

  test('no id was in the body of a response (ASVS 3.3.4)', () => {
    const text = Buffer.from(bodies.join('\n'));
    expect(found(issued, text)).toEqual([]);
    expect(text.includes('csrfToken')).toBe(true);
  });
});

test('an id is recognized in every form, and a hash of it in none', () => {
  const cookie = `${'Q'.repeat(20)}${'z'.repeat(23)}.abc.${'m'.repeat(43)}`;
  for (const form of formsOf(cookie)) {
    const where = Buffer.concat([Buffer.from('before '), form, Buffer.from(' after')]);
    expect(found([cookie], where)).toEqual([cookie]);
  }
  expect(found([cookie], Buffer.from('n0thing'.repeat(50)))).toEqual([]);
});
