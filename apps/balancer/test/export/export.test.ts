import { describe, expect, test } from 'vitest';
import { findProgram } from '../../../../test/find-program.mjs';
import { ask, routeCookie } from '../support/client.js';
import { until } from '../support/wait.js';
import { type Edge, startEdge, startToyNode, type ToyNode } from './edge.js';

// One label begins like another one, and one is all digits, as an epoch is.
const LABELS = ['a', 'a-1', '1', 'x_y'];

interface Bench {
  readonly edge: Edge;
  readonly nodes: readonly ToyNode[];
  node(label: string): ToyNode;
  /** Which node answers. */
  whoHas(cookie: string | undefined): Promise<string>;
  /** Whether it is this one several times in a row, which is not by chance. */
  isAlways(label: string, cookie: string): Promise<boolean>;
}

async function startBench(kind: 'haproxy' | 'nginx', program: string | null): Promise<Bench> {
  const nodes = await Promise.all(LABELS.map((label) => startToyNode(label)));
  const edge = await startEdge(kind, program as string, nodes);
  const whoHas = async (cookie: string | undefined): Promise<string> => {
    const answer = await ask(edge.url, { headers: cookie === undefined ? {} : { cookie } });
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const isAlways = async (label: string, cookie: string): Promise<boolean> => {
    for (let i = 0; i < 6; i++) if ((await whoHas(cookie)) !== label) return false;
    return true;
  };
  const node = (label: string): ToyNode => nodes.find((each) => each.label === label) as ToyNode;
  return { edge, nodes, node, whoHas, isAlways };
}

const secure = (cookie: string): string => `other=1; __Host-${cookie}; last=v1.a.`;

describe.each(['haproxy', 'nginx'] as const)('what is exported for %s', (kind) => {
  const program = findProgram(kind);

  test.skipIf(program === null)('sends a session to its owner under either name', async () => {
    const { whoHas } = await startBench(kind, program);
    for (const label of LABELS) {
      const cookie = routeCookie(label, 'a');
      expect(await whoHas(cookie)).toBe(label);
      expect(await whoHas(secure(cookie))).toBe(label);
      expect(await whoHas(routeCookie(label))).toBe(label);
    }
  });

  test.skipIf(program === null)('goes to the backup when the owner is gone, and back', async () => {
    const { node, whoHas, isAlways } = await startBench(kind, program);
    await node('a').kill();
    for (const backup of ['1', 'x_y', 'a-1']) {
      await until(`${backup} has it`, async () => isAlways(backup, routeCookie('a', backup)));
    }
    // Without a backup the epoch, 1 here, must not be taken for one: the others take turns.
    const hit = new Set<string>();
    for (let i = 0; i < 12; i++) hit.add(await whoHas(`sid-route=v1.a.1.${i}.${'A'.repeat(22)}`));
    expect(hit.size).toBeGreaterThan(1);
    await node('a').restart();
    await until('the owner is back', async () => (await whoHas(routeCookie('a', '1'))) === 'a');
  });

  test.skipIf(program === null)('never fails a safe request while a node dies', async () => {
    const { node, whoHas } = await startBench(kind, program);
    for (let i = 0; i < 20; i++) await whoHas(routeCookie('a', '1'));
    await node('a').kill();
    for (let i = 0; i < 50; i++) expect(await whoHas(routeCookie('a', '1'))).not.toBe('a');
  });

  test.skipIf(program === null)('spreads requests without a session', async () => {
    const { whoHas } = await startBench(kind, program);
    const hit = new Set<string>();
    for (let i = 0; i < 40; i++) hit.add(await whoHas(undefined));
    expect([...hit].sort()).toEqual([...LABELS].sort());
  });

  test.skipIf(program === null)('is not misled by hostile cookies', async () => {
    const { whoHas } = await startBench(kind, program);
    const hostile = [
      'sid-route=v1.nobody.a.1.7.AAAA',
      'sid-route=v1',
      'sid-route=',
      'sid-route=v2.a.1.1.7.AAAA',
      'sid-route=v1.127.0.0.1:1.1.7.AAAA',
      `sid-route=v1.${'a.'.repeat(500)}1.7.AAAA`,
      'sid-route=v1.%61.1.7.AAAA; sid-route=v1.a',
      'xsid-route=v1.1.a.1.7.AAAA',
    ];
    for (const cookie of hostile) expect(LABELS).toContain(await whoHas(cookie));
    // What only looks like a route cookie by its end does not take the place of the real one.
    expect(await whoHas(`xsid-route=v1.1.1.7.AAAA; ${routeCookie('x_y')}`)).toBe('x_y');
  });

  test.skipIf(program === null)('keeps internal headers and claims to itself', async () => {
    const { edge, node } = await startBench(kind, program);
    const answer = await ask(edge.url, {
      headers: {
        cookie: routeCookie('1'),
        'X-Understudy-Failed-Node': 'a',
        'X-Forwarded-For': '10.0.0.1',
        'X-Real-IP': '10.0.0.1',
        Forwarded: 'for=10.0.0.1',
      },
    });
    expect(answer.headers['x-understudy-not-mine']).toBeUndefined();
    const seen = node('1').headers.at(-1) as string;
    expect(seen).not.toMatch(/understudy|10\.0\.0\.1/i);
    expect(seen.toLowerCase()).toContain('x-forwarded-for|127.0.0.1');
  });
});

describe('what is exported for haproxy', () => {
  const program = findProgram('haproxy');

  test.skipIf(program === null)('gives a draining node no new sessions', async () => {
    const { node, whoHas } = await startBench('haproxy', program);
    node('a').health = 404;
    await until('it is left out', async () => {
      const hit = new Set<string>();
      for (let i = 0; i < 20; i++) hit.add(await whoHas(undefined));
      return !hit.has('a');
    });
    expect(await whoHas(routeCookie('a', '1'))).toBe('a');
    node('a').health = 200;
    await until('it takes some again', async () => (await whoHas(undefined)) === 'a');
  });

  test.skipIf(program === null)('sends a session without a route to the same node', async () => {
    const { whoHas } = await startBench('haproxy', program);
    for (const id of ['one', 'two', 'three']) {
      const first = await whoHas(`sid=${id}.abc.mac`);
      for (let i = 0; i < 5; i++) expect(await whoHas(`sid=${id}.abc.mac`)).toBe(first);
    }
  });
});
