import { describe, expect, test } from 'vitest';
import { staticDirectory } from '../src/directory/static-directory.js';
import { Fleet } from '../src/fleet.js';
import { DEFAULT_CIRCUIT } from '../src/health/circuit.js';
import { DEFAULT_HEALTH_SETTINGS } from '../src/health/health-state.js';
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS } from '../src/limits.js';
import type { BalancerOptions } from '../src/options.js';
import type { AffinityMethod } from '../src/routing/affinity.js';
import { rawUpstreams } from '../src/upstream/raw-upstream.js';
import { balance, closeAfterTest } from './support/bench.js';
import { type Answer, type Ask, ask, openRaw, routeCookie } from './support/client.js';
import { refusingUrl, startNode, type TestNode } from './support/upstream-node.js';
import { until } from './support/wait.js';
import { WEBSOCKET_OPENED, WEBSOCKET_REQUEST } from './support/websocket.js';

const PLACE = { separator: '.', field: -1 };
const COOKIE: readonly AffinityMethod[] = [{ by: 'cookie' }];
const LEARN: readonly AffinityMethod[] = [
  { by: 'appCookie', name: 'APP', mode: 'learn', ...PLACE },
];
const cookie = { secrets: ['a secret of at least 32 characters'] };

type NodeHandler = Parameters<typeof startNode>[1];

async function startNodes(labels: string, handler?: NodeHandler): Promise<TestNode[]> {
  return Promise.all(
    [...labels].map(async (label) => closeAfterTest(await startNode(label, handler))),
  );
}

/** A browser: keeps cookies, opens a connection for each request. */
class Client {
  readonly cookies = new Map<string, string>();
  constructor(readonly url: string) {}

  async ask(path = '/', options: Ask = {}): Promise<Answer & { readonly set: string[] }> {
    const pairs = [...this.cookies].map(([name, value]) => `${name}=${value}`);
    const headers = pairs.length === 0 ? {} : { cookie: pairs.join('; ') };
    const more = options.headers as Record<string, string> | undefined;
    const answer = await ask(`${this.url}${path}`, {
      ...options,
      headers: { ...headers, ...more },
    });
    const set = answer.headers['set-cookie'] ?? [];
    for (const one of set) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(one) ?? [];
      this.cookies.set(name, value);
    }
    return { ...answer, set };
  }

  /** Who answers, one request after another. */
  async bodies(times: number, path = '/', options: Ask = {}): Promise<string> {
    const bodies: string[] = [];
    for (let i = 0; i < times; i++) bodies.push((await this.ask(path, options)).body);
    return bodies.join('');
  }
}

describe('a cookie of the balancer', () => {
  test('is set once, brings its client back, and says nothing of an address', async () => {
    const nodes = await startNodes('abc');
    const balancer = await balance(nodes, { affinity: COOKIE, cookie, assignment: 'round-robin' });
    const client = new Client(balancer.url);
    const first = await client.ask();
    expect(first.set).toHaveLength(1);
    expect(first.set[0]).toMatch(
      /^sid-node=v1\.a\.[A-Za-z0-9_-]{22}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    for (let i = 0; i < 5; i++) {
      expect(await client.ask()).toMatchObject({ body: 'a', set: [] });
    }
    expect(await new Client(balancer.url).bodies(1)).toBe('b');
  });

  test('is shown to no node, and set by none', async () => {
    const node = closeAfterTest(
      await startNode('a', (_, response) => {
        response.setHeader('Set-Cookie', ['APP=1', 'sid-node=of the node']);
        response.end('a');
      }),
    );
    const client = new Client((await balance([node], { affinity: COOKIE, cookie })).url);
    expect((await client.ask()).set).toEqual(['APP=1', expect.stringContaining('sid-node=v1.a.')]);
    expect((await client.ask()).set).toEqual(['APP=1']);
    expect(node.seen[1]?.rawHeaders.join('|').match(/cookie[^|]*\|[^|]*/gi)).toEqual([
      'cookie|APP=1',
    ]);
    const passOn = { ...cookie, passOn: true };
    const other = new Client((await balance([node], { affinity: COOKIE, cookie: passOn })).url);
    await other.ask();
    await other.ask();
    expect(node.seen[3]?.rawHeaders.join('|')).toContain('sid-node=v1.a.');
  });

  test('is believed by every balancer of the same secret, and by no other', async () => {
    const nodes = await startNodes('abc');
    const options = { affinity: COOKIE, cookie, assignment: 'round-robin' } as const;
    const client = new Client((await balance(nodes, options)).url);
    await new Client(client.url).bodies(1);
    expect(await client.bodies(1)).toBe('b');
    const again = new Client((await balance([...nodes].reverse(), options)).url);
    again.cookies.set('sid-node', client.cookies.get('sid-node') ?? '');
    expect(await again.ask()).toMatchObject({ body: 'b', set: [] });
    const secrets = ['another secret of at least 32 characters', ...cookie.secrets];
    const renewed = new Client((await balance(nodes, { ...options, cookie: { secrets } })).url);
    renewed.cookies.set('sid-node', client.cookies.get('sid-node') ?? '');
    expect(await renewed.ask()).toMatchObject({
      body: 'b',
      set: [expect.stringContaining('v1.b.')],
    });
    expect(await renewed.ask()).toMatchObject({ body: 'b', set: [] });
    const stranger = { secrets: secrets.slice(0, 1) };
    const other = new Client((await balance(nodes, { ...options, cookie: stranger })).url);
    other.cookies.set('sid-node', client.cookies.get('sid-node') ?? '');
    expect((await other.ask()).body).toBe('a');
  });

  test('follows its client to the node that took over, and stays with it', async () => {
    const [a, b, c] = (await startNodes('abc')) as [TestNode, TestNode, TestNode];
    const nodes = [a, b, c];
    const balancer = await balance(nodes, { affinity: COOKIE, cookie, assignment: 'round-robin' });
    const client = new Client(balancer.url);
    expect(await client.bodies(2)).toBe('aa');
    balancer.directory.replace([{ label: 'a', url: await refusingUrl() }, b, c]);
    const tabs = Array.from({ length: 6 }, () => {
      const tab = new Client(balancer.url);
      for (const [name, value] of client.cookies) tab.cookies.set(name, value);
      return tab;
    });
    const answers = await Promise.all(tabs.map((tab) => tab.ask()));
    const heirs = new Set(answers.map(({ body }) => body));
    // All of them to one: two would both begin anew for one client.
    expect(heirs.size).toBe(1);
    expect(heirs).not.toContain('a');
    expect(answers.every(({ set }) => set.length === 1)).toBe(true);
    balancer.directory.replace(nodes);
    const [heir = ''] = heirs;
    expect(await tabs[0]?.bodies(3)).toBe(heir.repeat(3));
    expect(balancer.counters.failovers.get('other')).toBe(0);
  });

  test('keeps its client at a node that drains, while new ones go elsewhere', async () => {
    const nodes = await startNodes('ab');
    const balancer = await balance(nodes, { affinity: COOKIE, cookie, assignment: 'round-robin' });
    const client = new Client(balancer.url);
    expect(await client.bodies(1)).toBe('a');
    balancer.directory.setState('a', 'draining');
    expect(await client.bodies(3)).toBe('aaa');
    for (let i = 0; i < 3; i++) expect(await new Client(balancer.url).bodies(1)).toBe('b');
  });

  test('is left to nodes that set a route cookie', async () => {
    const nodes = await startNodes('ab', (_request, response) => {
      response.setHeader('Set-Cookie', routeCookie('a', 'b'));
      response.end();
    });
    const affinity = [{ by: 'route' }, { by: 'cookie' }] as const;
    const client = new Client((await balance(nodes, { affinity, cookie })).url);
    expect((await client.ask()).set).toEqual([routeCookie('a', 'b')]);
  });

  test('names the node that answered, not the one that sent the request on', async () => {
    const [a, b] = (await startNodes('ab', (request, response) => {
      if (request.headers.host === undefined) return response.end();
      const isA = request.socket.localPort === a?.port;
      if (isA) response.writeHead(421, { 'X-Understudy-Not-Mine': 'b' });
      return response.end(isA ? '' : 'b');
    })) as [TestNode, TestNode];
    const options = { affinity: COOKIE, cookie, assignment: 'round-robin' } as const;
    const client = new Client((await balance([a, b], options)).url);
    expect(await client.ask()).toMatchObject({
      body: 'b',
      set: [expect.stringContaining('sid-node=v1.b.')],
    });
  });

  test.each(['HEAD', 'GET'])(
    'comes with %s 304 and with errors of the application',
    async (method) => {
      const nodes = await startNodes('a', (request, response) => {
        response.writeHead(request.url === '/304' ? 304 : 500).end();
      });
      const { url } = await balance(nodes, { affinity: COOKIE, cookie });
      for (const [path, status] of [
        ['/304', 304],
        ['/500', 500],
      ] as const) {
        expect(await new Client(url).ask(path, { method })).toMatchObject({
          status,
          set: [expect.stringContaining('sid-node=v1.a.')],
        });
      }
    },
  );

  test('does not come with the own problems of the balancer', async () => {
    const { url } = await balance([{ label: 'a', url: await refusingUrl() }], {
      affinity: COOKIE,
      cookie,
    });
    expect(await new Client(url).ask()).toMatchObject({ status: 503, set: [] });
  });

  test('is part of a WebSocket handshake, and opens the next one at the same node', async () => {
    const nodes = await startNodes('ab');
    for (const { label, server } of nodes) {
      server.on('upgrade', (_request, socket) => {
        socket.on('error', () => {});
        socket.write(`${WEBSOCKET_OPENED}${label}`);
      });
    }
    const options = { affinity: COOKIE, cookie, assignment: 'round-robin' } as const;
    const { url } = await balance(nodes, options);
    const open = async (own?: string): Promise<string> => {
      const client = await openRaw(url);
      const sent = own === undefined ? '' : `Cookie: ${own}\r\n`;
      client.socket.write(
        `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${sent}\r\n`,
      );
      await until('the tunnel is open', () => /\r\n\r\n[ab]$/.test(client.received()));
      client.socket.destroy();
      return client.received();
    };
    const first = await open();
    expect(first).toMatch(/^HTTP\/1\.1 101 .*\r\nSet-Cookie: sid-node=v1\.a\..*\r\n\r\na$/s);
    const own = /Set-Cookie: ([^;]*)/.exec(first)?.[1] ?? '';
    for (let i = 0; i < 3; i++) {
      const next = await open(own);
      expect(next.endsWith('a')).toBe(true);
      expect(next).not.toContain('Set-Cookie');
    }
  });
});

test('least connections counts tunnels as well', async () => {
  const nodes = await startNodes('ab');
  for (const { server } of nodes) {
    server.on('upgrade', (_request, socket) => {
      socket.on('error', () => {}).on('end', () => socket.end());
      socket.resume();
      socket.write(WEBSOCKET_OPENED);
    });
  }
  const { url, fleet } = await balance(nodes, { assignment: 'least-connections' });
  expect(await new Client(url).bodies(4)).toBe('abab');
  const tunnel = await openRaw(url);
  tunnel.socket.write(WEBSOCKET_REQUEST);
  await until('the tunnel is open', () => tunnel.received().includes(' 101 '));
  expect(fleet.byLabel('a')?.tunnels).toBe(1);
  expect(await new Client(url).bodies(4)).toBe('bbbb');
  tunnel.socket.destroy();
  await until('the tunnel is closed', () => fleet.byLabel('a')?.tunnels === 0);
  expect([...(await new Client(url).bodies(4))].sort().join('')).toBe('aabb');
});

describe('a cookie of the application', () => {
  test('is learned when it is set, and forgotten when it is replaced', async () => {
    const nodes = await startNodes('abc', (request, response) => {
      const label = nodes.find(({ port }) => port === request.socket.localPort)?.label;
      if (request.url?.startsWith('/login')) {
        response.setHeader('Set-Cookie', `APP=${request.url.slice(7)}; Path=/`);
      }
      response.end(label);
    });
    const balancer = await balance(nodes, { affinity: LEARN, cookie, assignment: 'round-robin' });
    const client = new Client(balancer.url);
    expect(await client.ask()).toMatchObject({ body: 'a', set: [] });
    expect(await client.ask('/login?1')).toMatchObject({
      body: 'b',
      set: ['APP=1; Path=/', expect.stringMatching(/^sid-node=v1\.b\./)],
    });
    expect(await client.ask()).toMatchObject({ body: 'b', set: [] });
    expect((await client.ask('/login?2')).set).toHaveLength(2);
    expect(await client.bodies(3)).toBe('bbb');
    // The value of somebody else opens no door to that node.
    client.cookies.set('APP', 'other');
    expect(await client.bodies(1)).toBe('c');
  });

  test('may name its node, or be hashed', async () => {
    const nodes = await startNodes('abc');
    const suffix = { by: 'appCookie', name: 'APP', mode: 'suffix', ...PLACE } as const;
    const client = new Client((await balance(nodes, { affinity: [suffix] })).url);
    client.cookies.set('APP', 'some.id.c');
    expect(await client.bodies(3)).toBe('ccc');
    const hashed = { ...suffix, mode: 'hash' } as const;
    const seen = new Set<string>();
    const { url } = await balance(nodes, { affinity: [hashed], assignment: 'round-robin' });
    for (let i = 0; i < 20; i++) {
      const one = new Client(url);
      one.cookies.set('APP', `session ${i}`);
      const bodies = await one.bodies(2);
      expect(bodies[0]).toBe(bodies[1]);
      seen.add(bodies[0] ?? '');
    }
    expect(seen.size).toBe(3);
  });
});

describe('what is hashed', () => {
  test.each<[string, AffinityMethod, string, Record<string, string>]>([
    ['a header', { by: 'header', name: 'X-User', mode: 'hash', ...PLACE }, '/', { 'X-User': 'u' }],
    ['a parameter', { by: 'param', name: 'sid', mode: 'hash', ...PLACE }, '/?x=1&sid=u', {}],
    ['the address of the client', { by: 'clientIp' }, '/', {}],
  ])('%s brings all requests to one node', async (_name, method, path, headers) => {
    const nodes = await startNodes('abc');
    const options: BalancerOptions['affinity'] = [{ by: 'tlsSession' }, method];
    const balancer = await balance(nodes, { affinity: options, assignment: 'round-robin' });
    const client = new Client(balancer.url);
    const bodies = await client.bodies(6, path, { headers });
    expect(bodies).toBe(bodies[0]?.repeat(6));
  });

  test('goes over to the next node when one has more than its share', async () => {
    const held: (() => void)[] = [];
    const nodes = await startNodes('abc', (_request, response) => {
      held.push(() => response.end());
    });
    const balancer = await balance(nodes, { affinity: [{ by: 'clientIp' }] });
    const asked = Array.from({ length: 12 }, () => ask(balancer.url));
    await until('all are there', () => held.length === 12);
    // At most 1.25 times a third of twelve.
    expect(Math.max(...nodes.map(({ seen }) => seen.length))).toBe(5);
    for (const answer of held) answer();
    await Promise.all(asked);
    balancer.reconfigure({ boundedLoad: { factor: 100 } });
    const alike = Array.from({ length: 12 }, () => ask(balancer.url));
    await until('these are there', () => held.length === 24);
    expect(Math.max(...nodes.map(({ seen }) => seen.length))).toBeGreaterThanOrEqual(5 + 12);
    for (const answer of held) answer();
    await Promise.all(alike);
  });
});

test('the first of several methods that knows decides', async () => {
  const nodes = await startNodes('abc');
  const affinity = [{ by: 'route' }, { by: 'cookie' }, { by: 'clientIp' }] as const;
  const client = new Client((await balance(nodes, { affinity, cookie })).url);
  const home = await client.bodies(1);
  const [other = '', another = ''] = ['a', 'b', 'c'].filter((label) => label !== home);
  client.cookies.set('sid-route', routeCookie(other, another).slice('sid-route='.length));
  expect(await client.bodies(2)).toBe(other.repeat(2));
  client.cookies.delete('sid-route');
  expect(await client.bodies(2)).toBe(home.repeat(2));
});

describe('slow start', () => {
  const DURATION_MS = 10_000;

  function slowFleet() {
    const clock = { nowMs: 1_000 };
    const now = (): number => clock.nowMs;
    const directory = staticDirectory([{ label: 'a', url: 'http://127.0.0.1:1', weight: 2 }]);
    const fleet = new Fleet({
      ...{ directory, now, health: DEFAULT_HEALTH_SETTINGS, circuit: DEFAULT_CIRCUIT },
      upstreams: rawUpstreams(DEFAULT_LIMITS, DEFAULT_TIMEOUTS, now),
      slowStart: { durationMs: DURATION_MS, fromShare: 0.1 },
    });
    closeAfterTest(fleet);
    const shares = (): number[] => {
      return fleet.nodes().map(({ loadWeight }) => Math.round(loadWeight * 100) / 100);
    };
    const list = (...urls: [string, string][]): void => {
      directory.replace(
        urls.map(([label, port]) => {
          return { label, url: `http://127.0.0.1:${port}`, weight: 2 };
        }),
      );
    };
    return { clock, directory, fleet, shares, list };
  }

  test('gives a node that joins its share little by little, and its rank at once', () => {
    const { clock, fleet, shares, list } = slowFleet();
    expect(shares()).toEqual([2]);
    list(['a', '1'], ['b', '2']);
    expect(shares()).toEqual([2, 0.2]);
    clock.nowMs += DURATION_MS / 2;
    expect(shares()).toEqual([2, 1.1]);
    expect(fleet.nodes().map(({ weight }) => weight)).toEqual([2, 2]);
    clock.nowMs += DURATION_MS / 2;
    expect(shares()).toEqual([2, 2]);
    // A clock that is set back later changes nothing.
    clock.nowMs -= DURATION_MS;
    expect(shares()).toEqual([2, 2]);
  });

  test('begins anew with a new process, not with a drain or a doubt', () => {
    const { clock, directory, fleet, shares, list } = slowFleet();
    list(['a', '3']);
    expect(shares()).toEqual([0.2]);
    clock.nowMs += DURATION_MS;
    for (const state of ['draining', 'active', 'suspect', 'active'] as const) {
      directory.setState('a', state);
    }
    expect(shares()).toEqual([2]);
    for (const state of ['dead', 'active'] as const) directory.setState('a', state);
    expect(shares()).toEqual([0.2]);
    clock.nowMs += DURATION_MS;
    const [node] = fleet.nodes();
    if (node === undefined) throw new Error('there is no node');
    for (const result of ['failed', 'ready', 'failed', 'failed'] as const) {
      fleet.checked(node, result, clock.nowMs);
      expect(shares()).toEqual([2]);
    }
    fleet.checked(node, 'ready', clock.nowMs);
    expect(shares()).toEqual([0.2]);
  });

  test('can be switched on while the balancer runs', async () => {
    const [a, b] = (await startNodes('ab')) as [TestNode, TestNode];
    const balancer = await balance([a]);
    balancer.reconfigure({ slowStart: { durationMs: 3_600_000 } });
    balancer.directory.replace([a, b]);
    expect(balancer.fleet.byLabel('b')?.loadWeight).toBeLessThan(0.2);
    expect(balancer.fleet.byLabel('a')?.loadWeight).toBe(1);
  });
});

test('the admin port tells how uneven the nodes are used', async () => {
  const nodes = await startNodes('ab');
  const balancer = await balance(nodes);
  const read = async () => JSON.parse((await ask(`${balancer.adminUrl}/api/cluster`)).body);
  expect((await read()).imbalance).toEqual({ sessions: null, requests: null });
  for (let i = 0; i < 4; i++) {
    await ask(balancer.url, { headers: { cookie: routeCookie(i === 0 ? 'a' : 'b') } });
  }
  expect((await read()).imbalance).toEqual({ sessions: null, requests: 1.5 });
  const { body } = await ask(`${balancer.adminUrl}/metrics`);
  expect(body).toContain('\nunderstudy_balancer_imbalance{of="requests"} 1.5\n');
});
