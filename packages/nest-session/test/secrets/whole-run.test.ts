import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltProgram, buildProgram } from '../../../../test/build-program.js';
import { Browser } from '../support/browser.js';
import { ADAPTERS } from '../support/start-app.js';
import { Clients } from './clients.js';
import { formsOf, formsWithId, found } from './forms-of-id.js';

/** Where an id leaks on purpose. */
const LEAKS = ['string', 'long-string', 'buffer', 'id-bytes', 'bus', 'log'] as const;
type Leak = (typeof LEAKS)[number];

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
  program = await buildProgram(
    new URL('./cluster-program.ts', import.meta.url),
    new URL('../../', import.meta.url),
  );
}, 60_000);
afterAll(() => program?.remove());

describe.each(ADAPTERS)('after a run of three nodes on %s', (adapter) => {
  const controls = new Map<Leak, string>();
  let clients: Clients;
  let issued: ReadonlySet<string>;
  let child: ChildProcess;

  const tell = (what: 'lose' | 'snapshot') => {
    const answer = answerOf(child);
    child.send(what);
    return answer;
  };

  beforeAll(async () => {
    child = fork(program.file, [adapter, program.folder], { execArgv: ['--expose-gc'] });
    const { urls } = (await answerOf(child)) as { urls: readonly string[] };
    clients = new Clients(urls);
    await clients.useEverything(async () => {
      expect(await tell('lose')).toEqual({ lost: true });
    });
    issued = clients.issued;
    for (const leak of LEAKS) {
      const browser = new Browser(urls[0] as string);
      await browser.post('/cart/control');
      await browser.post(`/leak/${leak}`);
      controls.set(leak, browser.cookies.get('sid') as string);
    }
    expect(await tell('snapshot')).toEqual({ done: true, leaked: 4 });
  }, 240_000);
  afterAll(() => {
    if (child.exitCode === null) child.kill('SIGKILL');
  });

  const read = (name: string) => readFileSync(`${program.folder}/${name}`);
  const control = (leak: Leak) => [controls.get(leak) as string];

  test('many ids were given', () => {
    // Three for most; whom the limit of sessions signed out meanwhile gets no third one.
    expect(issued.size).toBeGreaterThanOrEqual(24 * 2);
  });

  test('no id is in the heap', () => {
    const heap = read('heap');
    expect(found(issued, heap)).toEqual([]);
    expect(found(control('string'), heap)).toHaveLength(1);
    expect(found(control('long-string'), heap)).toHaveLength(1);
    // And it is the heap of those nodes: what is no secret is there.
    expect(heap.includes('person-1')).toBe(true);
  });

  test('no id is in the bytes that Buffers hold, or share with one that did', () => {
    const bytes = read('bytes');
    // Signatures are left there: their comparison makes Buffers. Without its id none opens anything.
    expect(found(issued, bytes, formsWithId)).toEqual([]);
    expect(found(control('buffer'), bytes, formsWithId)).toHaveLength(1);
    expect(found(control('id-bytes'), bytes, formsWithId)).toHaveLength(1);
    // The snapshot of the heap does not tell: this is why bytes are searched.
    expect(found(control('id-bytes'), read('heap'), formsWithId)).toEqual([]);
  });

  test('no id was on the bus', () => {
    const bus = read('bus');
    expect(found(issued, bus)).toEqual([]);
    expect(found(control('bus'), bus)).toHaveLength(1);
    expect(bus.includes('person-1')).toBe(true);
  });

  test('no id is in a log line or an event (ASVS 16.2.5)', () => {
    const text = Buffer.concat([read('logs'), read('events')]);
    expect(found(issued, text)).toEqual([]);
    expect(found(control('log'), text)).toHaveLength(1);
    expect(read('events').toString()).toContain('"kind":"csrf-refused"');
  });

  test('no id was in the body of a response (ASVS 3.3.4)', () => {
    const text = Buffer.from(clients.bodies.join('\n'));
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
