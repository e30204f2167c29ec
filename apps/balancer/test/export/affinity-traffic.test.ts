import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { findProgram } from '../../../../test/find-program.mjs';
import type { EdgeOptions } from '../../src/export/edge-fleet.js';
import { ask } from '../support/client.js';
import { until } from '../support/wait.js';
import { startEdge, startToyNode, type ToyNode } from './edge.js';

const LABELS = ['a', 'b', 'c', 'd'];
const KEYS = Array.from({ length: 24 }, (_, at) => String(at + 2));
const PLACE = { separator: '.', field: -1 };
const SECRETS = ['the secret of a test, of 32 characters'];
const DEADLINE_MS = 60_000;
// No bounds, or a request that the proxy has not yet forgotten would move the next one.
const boundedLoad = { factor: 100 };

/** How a key gets into a request, for what is exported with these options. */
interface Way {
  readonly options: Partial<EdgeOptions>;
  readonly path?: (key: string) => string;
  readonly headers?: (key: string) => Record<string, string>;
  readonly from?: (key: string) => string;
}

const WAYS: Record<string, Way> = {
  header: {
    options: { affinity: [{ by: 'header', name: 'X-User', mode: 'hash', ...PLACE }] },
    headers: (key) => ({ 'X-User': `user ${key}` }),
  },
  'application cookie': {
    options: { affinity: [{ by: 'appCookie', name: 'J.ID', mode: 'hash', ...PLACE }] },
    headers: (key) => ({ cookie: `xJ.ID=1; J.ID=id-${key}; JxID=2` }),
  },
  parameter: {
    options: { affinity: [{ by: 'param', name: 'sid', mode: 'hash', ...PLACE }] },
    path: (key) => (Number(key) % 2 ? `/?xsid=1&sid=${key}&y=${key}` : `/cart;sid=${key}?y=1`),
  },
  'client address': {
    options: { affinity: [{ by: 'clientIp' }] },
    from: (key) => `127.0.0.${key}`,
  },
};

type WhoHas = (key: string) => Promise<string>;

function clientOf(url: string, { path, headers, from }: Way): WhoHas {
  return (key) =>
    new Promise((resolve, reject) => {
      const options = {
        agent: false,
        headers: headers?.(key) ?? {},
        ...(from === undefined ? {} : { localAddress: from(key) }),
      };
      const outgoing = request(new URL(path?.(key) ?? '/', url), options, (response) => {
        response.resume();
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) resolve(String(response.headers['x-node']));
          else reject(new Error(`status ${response.statusCode}`));
        });
      });
      outgoing.on('error', reject).end();
    });
}

async function placesOf(whoHas: WhoHas): Promise<Map<string, string>> {
  const places = new Map<string, string>();
  for (const key of KEYS) places.set(key, await whoHas(key));
  return places;
}

async function start(
  kind: 'haproxy' | 'nginx',
  program: string | null,
  options: Partial<EdgeOptions>,
): Promise<{ url: string; nodes: readonly ToyNode[]; node(label: string): ToyNode }> {
  const nodes = await Promise.all(LABELS.map((label) => startToyNode(label)));
  const edge = await startEdge(kind, program as string, nodes, { boundedLoad, ...options });
  return {
    url: edge.url,
    nodes,
    node: (label) => nodes.find((each) => each.label === label) as ToyNode,
  };
}

describe.each(['haproxy', 'nginx'] as const)('what is exported for %s', (kind) => {
  const program = findProgram(kind);

  test.skipIf(program === null).each(Object.keys(WAYS))(
    'keeps to one node by %s, and moves the keys of a dead node alone',
    async (name) => {
      const way = WAYS[name] as Way;
      const { url, node } = await start(kind, program, way.options);
      const whoHas = clientOf(url, way);
      const before = await placesOf(whoHas);
      expect(new Set(before.values()).size).toBeGreaterThan(2);
      expect(await placesOf(whoHas)).toEqual(before);
      const [victim] = [...before.values()];
      await node(victim as string).kill();
      const after = await placesOf(whoHas);
      for (const [key, label] of before) {
        if (label === victim) expect(after.get(key)).not.toBe(victim);
        else expect(after.get(key)).toBe(label);
      }
      await node(victim as string).restart();
      const isBack = async () =>
        [...(await placesOf(whoHas))].every(([k, l]) => before.get(k) === l);
      await until('its keys are back', isBack, DEADLINE_MS);
    },
    DEADLINE_MS * 2,
  );

  test.skipIf(program === null)(
    'goes to the node at the end of the application cookie, or by a later method',
    async () => {
      const { url, node } = await start(kind, program, {
        affinity: [
          { by: 'appCookie', name: 'JSESSIONID', mode: 'suffix', ...PLACE },
          { by: 'header', name: 'X-User', mode: 'hash', ...PLACE },
        ],
      });
      const whoHas = async (cookie: string, user?: string) => {
        const headers = { cookie: `JSESSIONID=${cookie}`, ...(user ? { 'X-User': user } : {}) };
        return (await ask(url, { headers })).body;
      };
      for (const label of LABELS) {
        expect(await whoHas(`id.${label}`, 'u')).toBe(label);
        expect(await whoHas(`"x.y.${label}"; other=z.a`)).toBe(label);
        expect(await whoHas(`gone.zz; JSESSIONID=id.${label}`)).toBe(label);
      }
      // Nobody has the first name: the header decides, and without one the value itself does.
      const byUser = await Promise.all(
        ['1', '2', '3', '4', '5', '6'].map((u) => whoHas('id.zz', u)),
      );
      expect(new Set(byUser).size).toBeGreaterThan(1);
      const astray = await whoHas('id.zz');
      for (let i = 0; i < 5; i++) expect(await whoHas('id.zz')).toBe(astray);
      await node('b').kill();
      for (let i = 0; i < 8; i++) expect(await whoHas('id.b')).not.toBe('b');
      expect(await whoHas('id.c')).toBe('c');
    },
    DEADLINE_MS,
  );

  test.skipIf(program === null)(
    'lets the first method that says something decide',
    async () => {
      const { url } = await start(kind, program, {
        affinity: [
          { by: 'header', name: 'X-User', mode: 'hash', ...PLACE },
          { by: 'appCookie', name: 'JSESSIONID', mode: 'suffix', ...PLACE },
        ],
      });
      const hit = new Set<string>();
      for (const label of LABELS) {
        const cookie = `JSESSIONID=id.${label}`;
        hit.add((await ask(url, { headers: { cookie, 'X-User': 'u' } })).body);
        expect((await ask(url, { headers: { cookie } })).body).toBe(label);
      }
      expect(hit.size).toBe(1);
    },
    DEADLINE_MS,
  );

  test.skipIf(program === null)(
    "sets the balancer's cookie once, and believes no other",
    async () => {
      const { url, nodes } = await start(kind, program, {
        affinity: [{ by: 'cookie' }],
        cookie: { secrets: SECRETS, path: '/shop' },
      });
      const first = await ask(url);
      const [set = ''] = first.headers['set-cookie'] ?? [];
      expect(set).toMatch(
        new RegExp(`^sid-node=v1[.]${first.body}[.][^;]{22}; Path=/shop; HttpOnly; SameSite=Lax$`),
      );
      const [cookie = ''] = set.split(';');
      for (let i = 0; i < 8; i++) {
        const again = await ask(url, { headers: { cookie: `x=1; ${cookie}` } });
        expect([again.body, again.headers['set-cookie']]).toEqual([first.body, undefined]);
      }
      // It is shown to no node, whatever stands around it.
      const home = nodes.find(({ label }) => label === first.body);
      for (const [sent, passed] of [
        [cookie, undefined],
        [`${cookie}; y=2`, 'y=2'],
        [`x=1; ${cookie}`, 'x=1'],
        [`x=1; ${cookie}; y=2`, 'x=1; y=2'],
        ['x=1; y=sid-node=3', 'x=1; y=sid-node=3'],
      ] as const) {
        const before = nodes.map(({ headers }) => headers.length);
        await ask(url, { headers: { cookie: sent } });
        const seen = nodes.flatMap(({ headers }, at) => headers.slice(before[at]));
        expect(/cookie\|([^|]*)/i.exec(seen.join('|'))?.[1]).toBe(passed);
      }
      expect(home?.headers.join('|')).not.toContain(cookie);
      const hit = new Set<string>();
      for (let i = 0; i < 40; i++) {
        const forged = `sid-node=v1.a.${'A'.repeat(22)}`;
        const { body, headers } = await ask(url, { headers: { cookie: forged } });
        expect(headers['set-cookie']?.[0]).toContain(`v1.${body}.`);
        hit.add(body);
      }
      expect(hit.size).toBeGreaterThan(1);
    },
    DEADLINE_MS,
  );

  test.skipIf(program === null)(
    'leaves the keys of other nodes where they are when one is taken off the list',
    async () => {
      const way = WAYS.header as Way;
      const nodes = await Promise.all(LABELS.map((label) => startToyNode(label)));
      const options = { boundedLoad, ...way.options };
      const four = await startEdge(kind, program as string, nodes, options);
      const three = await startEdge(kind, program as string, nodes.slice(1), options);
      const before = await placesOf(clientOf(four.url, way));
      const after = await placesOf(clientOf(three.url, way));
      for (const [key, label] of before) if (label !== 'a') expect(after.get(key)).toBe(label);
    },
    DEADLINE_MS,
  );
});

describe('what is exported for haproxy', () => {
  const program = findProgram('haproxy');

  test.skipIf(program === null)(
    "learns where the application's cookie was set",
    async () => {
      const { url } = await start('haproxy', program, {
        affinity: [{ by: 'appCookie', name: 'sid', mode: 'learn', ...PLACE }],
        cookie: { secrets: SECRETS },
      });
      for (const id of ['one', 'two', 'three']) {
        const first = await ask(url, { headers: { cookie: `sid=${id}` } });
        for (let i = 0; i < 8; i++) {
          expect((await ask(url, { headers: { cookie: `sid=${id}` } })).body).toBe(first.body);
        }
      }
    },
    DEADLINE_MS,
  );

  test.skipIf(program === null)(
    'fills a node up to its bound with a busy key, and goes over to others then',
    async () => {
      const way = WAYS.header as Way;
      // Of 8 requests on 4 nodes a node's share is 2, and with the factor 3.
      const { url, node } = await start('haproxy', program, {
        ...way.options,
        boundedLoad: { factor: 1.25 },
      });
      const heldBy = () => LABELS.map((label) => node(label).held.length);
      const headers = way.headers?.('busy') ?? {};
      const answers = Array.from({ length: 8 }, () => ask(`${url}/hold`, { headers }));
      const areHeld = () => heldBy().reduce((sum, count) => sum + count) === 8;
      await until('all have come to a node', areHeld, DEADLINE_MS);
      const most = Math.max(...heldBy());
      for (const label of LABELS) for (const response of node(label).held) response.end(label);
      await Promise.all(answers);
      expect(most).toBe(3);
    },
    DEADLINE_MS,
  );
});
