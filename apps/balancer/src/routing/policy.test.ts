import { createHash } from 'node:crypto';
import { rank } from '@understudy/replication/placement';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { routableNode } from '../../test/support/routable-node.js';
import { type Move, NO_MOVES } from '../rehoming/move.js';
import { type AffinityMethod, DEFAULT_AFFINITY } from './affinity.js';
import { candidates, type RoutableNode, type Route } from './candidates.js';
import { DEFAULT_NODE_COOKIE, NodeCookie } from './node-cookie.js';
import { routingPolicy } from './policy.js';
import type { RequestFacts } from './request-facts.js';

const LABELS = ['a', 'b', 'c', 'd', 'e', 'f'];
const NODES = LABELS.map((label) => routableNode(label));
const SECRETS = ['a secret of at least 32 characters'];
const PLACE = { separator: '.', field: -1 };

const ROUTE: AffinityMethod = { by: 'route' };
const COOKIE: AffinityMethod = { by: 'cookie' };
const appCookie = (mode: 'suffix' | 'hash' | 'learn', more = {}): AffinityMethod => {
  return { by: 'appCookie', name: 'APP', mode, ...PLACE, ...more };
};
const header = (mode: 'suffix' | 'hash'): AffinityMethod => {
  return { by: 'header', name: 'X-User', mode, ...PLACE };
};
const param = (mode: 'suffix' | 'hash'): AffinityMethod => {
  return { by: 'param', name: 'sid', mode, ...PLACE };
};

function policyOf(
  affinity: readonly AffinityMethod[],
  known = LABELS,
  moves: readonly Move[] = NO_MOVES,
) {
  return routingPolicy({
    affinity,
    assignment: 'p2c',
    boundedLoad: { factor: 1.25 },
    cookie: DEFAULT_NODE_COOKIE,
    cookieSecrets: SECRETS,
    isKnown: (label) => known.includes(label),
    moves: () => moves,
    cookieLimit: 8,
    random: () => 0,
  });
}

interface Sent {
  readonly cookie?: string;
  readonly user?: string;
  readonly url?: string;
  readonly address?: string;
  readonly tlsSessionId?: string;
  readonly protocol?: 'http' | 'https';
}

function facts({ cookie, user, url = '/', address = '192.0.2.1', ...more }: Sent): RequestFacts {
  const headers = {
    ...(cookie === undefined ? {} : { cookie }),
    ...(user === undefined ? {} : { 'x-user': user }),
  };
  return { request: { headers, url }, connection: { protocol: 'http', address, ...more } };
}

/** What is said when no method says anything. */
const BY_LOAD = 'whoever has least to do';

function first(route: Route): string | undefined {
  if (route.kind === 'chosen') return BY_LOAD;
  return [...candidates(route, NODES)][0]?.label;
}

function ranked(key: string): string | undefined {
  return rank(key, NODES)[0]?.label;
}

const own = new NodeCookie(DEFAULT_NODE_COOKIE, SECRETS);
const ownCookie = (label: string, application?: string): string => {
  return own.write(label, application, 'http').split(';', 1)[0] as string;
};
const forged = `sid-node=v1.c.${'A'.repeat(22)}`;
const ID = 'i'.repeat(43);
const mac = 'AAAAAAAAAAAAAAAAAAAAAA';

describe('the session of a node that gives sessions away', () => {
  const cookie = `sid-route=v1.d.b.1.7.${mac}`;
  const move = (from: string): Move => ({
    from,
    number: 1,
    share: 1,
    to: [{ label: 'b', weight: 1 }],
    restsSinceMs: undefined,
  });
  const routed = (moves: readonly Move[]) =>
    policyOf([ROUTE], LABELS, moves).route(facts({ cookie }));

  test('goes to the other node first, and to its owner when that is gone', () => {
    expect(routed([move('d')])).toMatchObject({ holders: ['b', 'd'], isMoved: true });
  });

  test('stays where its owner gives nothing away', () => {
    expect(routed([move('b')])).toMatchObject({ holders: ['d', 'b'] });
    expect(routed([move('b')])).not.toHaveProperty('isMoved');
  });
});

describe('where a request goes, by one method', () => {
  test.each<[string, AffinityMethod, Sent, string | undefined]>([
    ['the owner in a route cookie', ROUTE, { cookie: `sid-route=v1.d.b.1.7.${mac}` }, 'd'],
    [
      'a session cookie alone, by placement',
      ROUTE,
      { cookie: `sid=${ID}.x.y` },
      ranked(createHash('sha256').update(ID).digest('base64url')),
    ],
    ['our cookie', COOKIE, { cookie: ownCookie('e') }, 'e'],
    ['our cookie, the second of its name', COOKIE, { cookie: `${forged}; ${ownCookie('e')}` }, 'e'],
    ['our cookie, made up', COOKIE, { cookie: forged }, BY_LOAD],
    ['our cookie, bound to an application', COOKIE, { cookie: ownCookie('e', 's') }, BY_LOAD],
    ['a suffix', appCookie('suffix'), { cookie: 'APP=id.f' }, 'f'],
    ['a quoted suffix', appCookie('suffix'), { cookie: 'APP="id.f"' }, 'f'],
    ['the suffix that names a node', appCookie('suffix'), { cookie: 'APP=x.zz; APP=y.f' }, 'f'],
    ['a suffix nobody has', appCookie('suffix'), { cookie: 'APP=id.zz' }, ranked('id.zz')],
    ['no suffix', appCookie('suffix'), { cookie: 'APP=id' }, ranked('id')],
    [
      'a field of its own',
      appCookie('suffix', { separator: '!', field: 2 }),
      { cookie: 'APP=id!f!1' },
      'f',
    ],
    [
      'a field that is not there',
      appCookie('suffix', { field: 9 }),
      { cookie: 'APP=id.f' },
      ranked('id.f'),
    ],
    ['a hash', appCookie('hash'), { cookie: 'x=1; APP=some' }, ranked('some')],
    ['a learned cookie', appCookie('learn'), { cookie: `APP=s; ${ownCookie('e', 's')}` }, 'e'],
    [
      'a learned cookie, of another session',
      appCookie('learn'),
      { cookie: `APP=t; ${ownCookie('e', 's')}` },
      BY_LOAD,
    ],
    ['a learned cookie alone', appCookie('learn'), { cookie: ownCookie('e', 's') }, BY_LOAD],
    ['a header', header('hash'), { user: 'u1' }, ranked('u1')],
    ['a label in a header', header('suffix'), { user: 'x.d' }, 'd'],
    ['a parameter', param('hash'), { url: '/?sid=u1' }, ranked('u1')],
    ['a label in a path', param('suffix'), { url: '/;sid=x.d?y' }, 'd'],
    ['an address', { by: 'clientIp' }, { address: '2001:db8:0:1::9' }, ranked('2001:db8:0:1')],
    ['no address', { by: 'clientIp' }, { address: 'unknown' }, BY_LOAD],
    ['a TLS session', { by: 'tlsSession' }, { tlsSessionId: 'a1b2' }, ranked('a1b2')],
    ['no TLS session, as in 1.3', { by: 'tlsSession' }, {}, BY_LOAD],
    ['an empty TLS session id', { by: 'tlsSession' }, { tlsSessionId: '' }, BY_LOAD],
  ])('%s', (_name, method, sent, expected) => {
    expect(first(policyOf([method]).route(facts(sent)))).toBe(expected);
  });

  test.each([
    ROUTE,
    COOKIE,
    appCookie('suffix'),
    appCookie('learn'),
    header('hash'),
    param('hash'),
  ])('$by: nothing said is nothing known', (method) => {
    expect(first(policyOf([method]).route(facts({})))).toBe(BY_LOAD);
  });

  test('without a method no cookie counts', () => {
    const cookie = `sid-route=v1.d.b.1.7.${mac}; ${ownCookie('e')}`;
    expect(first(policyOf([]).route(facts({ cookie })))).toBe(BY_LOAD);
  });
});

describe('with several methods', () => {
  const all = [ROUTE, COOKIE, appCookie('suffix'), header('hash'), { by: 'clientIp' }] as const;
  const cookies = [`sid-route=v1.d.b.1.7.${mac}`, ownCookie('e'), 'APP=id.f'];

  test.each<[string, Sent, string | undefined]>([
    ['the first that knows decides', { cookie: cookies.join('; '), user: 'u' }, 'd'],
    ['then the second', { cookie: cookies.slice(1).join('; '), user: 'u' }, 'e'],
    ['then the third', { cookie: cookies[2] as string, user: 'u' }, 'f'],
    ['then the fourth', { user: 'u' }, ranked('u')],
    ['then the last', {}, ranked('192.0.2.1')],
    ['a label that nobody has is passed over', { cookie: 'APP=id.zz', user: 'u' }, ranked('u')],
  ])('%s', (_name, sent, expected) => {
    expect(first(policyOf(all).route(facts(sent)))).toBe(expected);
  });

  test('a TLS 1.3 connection falls through to the next', () => {
    const policy = policyOf([{ by: 'tlsSession' }, { by: 'clientIp' }]);
    expect(first(policy.route(facts({})))).toBe(ranked('192.0.2.1'));
  });

  test('a cookie that names a node which left keeps the requests of its client together', () => {
    const policy = policyOf([COOKIE], ['a', 'b', 'c']);
    const cookie = ownCookie('e');
    const key = cookie.slice('sid-node='.length);
    expect(first(policy.route(facts({ cookie })))).toBe(ranked(key));
    const learned = policyOf([appCookie('learn')], ['a', 'b', 'c']);
    const bound = `${ownCookie('e', 's 1')}; APP=s 1`;
    expect(first(learned.route(facts({ cookie: bound })))).toBe(ranked('s 1'));
    expect(first(learned.route(facts({ cookie: ownCookie('e', 's 1') })))).toBe(BY_LOAD);
  });
});

describe('a draining node', () => {
  const nodes = LABELS.map((label) => routableNode(label, label === 'e' ? 'draining' : 'up'));
  const at = (affinity: readonly AffinityMethod[]) => {
    const route = policyOf(affinity).route(facts({ cookie: ownCookie('e') }));
    return [...candidates(route, nodes)][0]?.label;
  };

  test('keeps its clients where nobody can take them over', () => {
    expect(at([COOKIE])).toBe('e');
  });

  test('keeps none where sessions move', () => {
    expect(at([ROUTE, COOKIE])).not.toBe('e');
  });
});

test('every process that sees the same sends a request to the same nodes, in the same order', () => {
  const text = fc.string({ unit: fc.constantFrom(...'abz.-_=;" 1'), maxLength: 12 });
  const pair = fc.oneof(
    fc.constantFrom(...LABELS, 'zz').map((label) => ownCookie(label)),
    fc.tuple(fc.constantFrom(...LABELS), text).map(([label, app]) => ownCookie(label, app)),
    fc.constantFrom(...LABELS).map((label) => `sid-route=v1.${label}.1.7.${mac}`),
    text.map((value) => `APP=${value}`),
  );
  const sent = fc.record({
    cookie: fc.array(pair, { maxLength: 4 }).map((pairs) => pairs.join('; ')),
    user: text,
    url: text.map((value) => `/?sid=${value}`),
    address: fc.oneof(fc.ipV4(), fc.ipV6()),
  });
  // Ends with a method that always knows: what goes by load may differ.
  const method = fc.constantFrom(
    COOKIE,
    ...(['suffix', 'hash', 'learn'] as const).map((mode) => appCookie(mode)),
    ...(['suffix', 'hash'] as const).flatMap((mode) => [header(mode), param(mode)]),
  );
  const methods = fc.array(method, { maxLength: 4 }).map((some) => {
    return [ROUTE, ...some, { by: 'clientIp' } as const];
  });
  fc.assert(
    fc.property(methods, sent, fc.shuffledSubarray(NODES, { minLength: 6 }), (some, one, nodes) => {
      const order = (of: readonly RoutableNode[]): string[] => {
        const route = policyOf(some).route(facts(one));
        return [...candidates(route, of)].map(({ label }) => label);
      };
      expect(order(nodes)).toEqual(order(NODES));
      expect(new Set(order(nodes))).toEqual(new Set(LABELS));
    }),
    { numRuns: 1_000 },
  );
});

test('hostile cookies cost little and decide nothing', () => {
  const pairs = Array.from({ length: 10_000 }, (_, at) => `APP=${at}; sid-node=v1.a.${mac}`);
  const policy = policyOf([ROUTE, appCookie('learn'), { by: 'clientIp' }]);
  const route = policy.route(facts({ cookie: pairs.join('; ') }));
  expect(first(route)).toBe(ranked('192.0.2.1'));
});

describe('our cookie is set', () => {
  function cookieFor(affinity: readonly AffinityMethod[], sent: Sent, headers: string[] = []) {
    const policy = policyOf(affinity);
    const request = facts(sent);
    return policy.cookieFor?.(request, policy.route(request), { label: 'b', headers });
  }
  const set = (value: string): string[] => ['Set-Cookie', value];

  test.each<[string, readonly AffinityMethod[], Sent, string[], string | undefined]>([
    ['for a new client', [COOKIE], {}, [], ownCookie('b')],
    ['once', [COOKIE], { cookie: ownCookie('b') }, [], undefined],
    ['anew when another node answers', [COOKIE], { cookie: ownCookie('c') }, [], ownCookie('b')],
    ['anew when it was made up', [COOKIE], { cookie: forged }, [], ownCookie('b')],
    ['beside what the node sets', [COOKIE], {}, set('x=1'), ownCookie('b')],
    ['not beside a route cookie', [ROUTE, COOKIE], {}, set('sid-route=v1.b.1.1.x'), undefined],
    ['not for a session', [ROUTE, COOKIE], { cookie: `sid=${ID}.x.y` }, [], undefined],
    ['where no route cookie is read, too', [COOKIE], {}, set('sid-route=x'), ownCookie('b')],
    ['not on what is for everybody', [COOKIE], {}, ['Cache-Control', 'public'], undefined],
    ['not in a shared cache', [COOKIE], {}, ['Cache-Control', 'max-age=1, s-maxage=9'], undefined],
    ['on what is private', [COOKIE], {}, ['Cache-Control', 'private'], ownCookie('b')],
    ['not to learn from nothing', [appCookie('learn')], {}, [], undefined],
    [
      'with a session that begins',
      [appCookie('learn')],
      {},
      set('APP=s; Path=/'),
      ownCookie('b', 's'),
    ],
    [
      'with a session there was before',
      [appCookie('learn')],
      { cookie: 'APP=s' },
      [],
      ownCookie('b', 's'),
    ],
    [
      'once for a session',
      [appCookie('learn')],
      { cookie: `APP=s; ${ownCookie('b', 's')}` },
      [],
      undefined,
    ],
    [
      'anew with a new id',
      [appCookie('learn')],
      { cookie: `APP=s; ${ownCookie('b', 's')}` },
      set('APP=t'),
      ownCookie('b', 't'),
    ],
    ['not with an id that ends', [appCookie('learn')], {}, set('APP=s; max-age=0'), undefined],
    [
      'not with an id that is past',
      [appCookie('learn')],
      {},
      set('APP=s; Expires=Thu, 01 Jan 1970 00:00:00 GMT'),
      undefined,
    ],
    [
      'with an id whose age is said twice',
      [appCookie('learn')],
      {},
      set('APP=s; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=9'),
      ownCookie('b', 's'),
    ],
    ['not with an empty id', [appCookie('learn')], { cookie: 'APP=s' }, set('APP='), undefined],
    ['not with a cookie of a longer name', [appCookie('learn')], {}, set('APP2=s'), undefined],
  ])('%s', (_name, affinity, sent, headers, expected) => {
    expect(cookieFor(affinity, sent, headers)?.split(';', 1)[0]).toBe(expected);
  });

  test('with Secure over https', () => {
    expect(cookieFor([COOKIE], { protocol: 'https' })).toContain('; Secure');
    expect(cookieFor([COOKIE], { protocol: 'http' })).not.toContain('Secure');
  });

  test.each([[DEFAULT_AFFINITY], [[]], [[appCookie('suffix'), header('hash')]]])(
    'by nobody where no method needs it: %#',
    (affinity) => {
      expect(policyOf(affinity).cookieFor).toBeUndefined();
    },
  );
});
