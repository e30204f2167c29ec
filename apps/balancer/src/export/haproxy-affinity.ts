import { ROUTE_COOKIE_NAMES, SESSION_COOKIE_NAMES } from '../contract.js';
import type { AffinityMethod } from '../routing/affinity.js';
import type { EdgeFleet } from './edge-fleet.js';
import { labelPattern } from './label-pattern.js';

/** Of a route cookie with at least one backup; without one, an epoch stands in the same place. */
const WITH_BACKUP = '^v1([.][A-Za-z0-9_-]+){5,10}$';
const ANY_ROUTE = '^v1([.][A-Za-z0-9_-]+){4,10}$';
/** The client's address, of IPv6 the /64. */
export const CLIENT = 'src,ipmask(32,64)';
/** Where learned values are kept; the other groups use the table of this one. */
export const TABLE = 'understudy';
const OPEN = ['node', 'named', 'key', 'learned'].map((name) => `!{ var(txn.${name}) -m found }`);

/**
 * Rules that leave `txn.up`, a node that is there and was named; else `txn.named`, what named one
 * that is gone; else `txn.key`, a value to hash. Methods are asked in order: each rule looks whether
 * one before it has decided.
 */
export function affinityRules(fleet: EdgeFleet): string[] {
  const { affinity, nodes } = fleet;
  const lines = affinity.flatMap((method) => rulesOf(method, fleet));
  if (affinity.some(isPinning)) {
    lines.push(set('named', 'var(txn.astray)', [...OPEN, '{ var(txn.astray) -m found }']));
  }
  const holders = affinity.some(({ by }) => by === 'route') ? ['node', 'backup'] : ['node'];
  if (affinity.some((method) => isPinning(method) || method.by === 'route')) {
    for (const holder of holders) {
      for (const { label } of nodes) {
        const isUp = `{ srv_is_up(${TABLE}/${label}) }`;
        const conditions = [
          '!{ var(txn.up) -m found }',
          `{ var(txn.${holder}) -m str ${label} }`,
          isUp,
        ];
        lines.push(set('up', `str(${label})`, conditions));
      }
    }
  }
  return lines;
}

function isPinning(method: AffinityMethod): boolean {
  return method.by === 'cookie' || ('mode' in method && method.mode === 'suffix');
}

function rulesOf(method: AffinityMethod, fleet: EdgeFleet): string[] {
  switch (method.by) {
    case 'route':
      return routeRules(fleet);
    case 'cookie':
      return cookieRules(fleet);
    case 'clientIp':
      return [set('key', CLIENT, OPEN)];
    case 'tlsSession': {
      // Version 1.3 makes one up for each connection.
      const version = '{ ssl_fc_protocol -m str TLSv1 TLSv1.1 TLSv1.2 }';
      const found = '{ ssl_fc_session_id -m found }';
      return [set('key', 'ssl_fc_session_id', [...OPEN, version, found])];
    }
    default:
      return valueSources(method).flatMap((source) => valueRules(source, method, fleet));
  }
}

/** Understudy's route cookie, as far as it names nodes of ours, else the session. */
function routeRules({ nodes }: EdgeFleet): string[] {
  const lines: string[] = [];
  for (const name of ROUTE_COOKIE_NAMES) {
    const fetch = `req.cook(${name})`;
    lines.push(
      set('route', fetch, ['!{ var(txn.route) -m found }', `{ ${fetch} -m reg ${ANY_ROUTE} }`]),
    );
  }
  const labels = nodes.map(({ label }) => label).join(' ');
  lines.push(
    '    http-request set-var(txn.owner) var(txn.route),field(2,.)',
    '    http-request set-var(txn.backup) var(txn.route),field(3,.)' +
      ` if { var(txn.route) -m reg ${WITH_BACKUP} }`,
    set('node', 'var(txn.owner)', [`{ var(txn.owner) -m str ${labels} }`]),
  );
  for (const name of SESSION_COOKIE_NAMES) {
    const fetch = `req.cook(${name})`;
    lines.push(
      set('session', `${fetch},field(1,.)`, [
        '!{ var(txn.session) -m found }',
        `{ ${fetch} -m found }`,
      ]),
    );
  }
  lines.push(
    set('named', 'var(txn.session)', ['{ var(txn.session) -m found }']),
    set('named', 'var(txn.route)', [
      '!{ var(txn.named) -m found }',
      `{ var(txn.node) -m found } || !{ var(txn.named) -m found } { var(txn.backup) -m str ${labels} }`,
    ]),
  );
  return lines;
}

function cookieRules({ nodes, cookie }: EdgeFleet): string[] {
  const fetch = `req.cook(${cookie.options.name})`;
  const labels = nodes.map(({ label }) => label).join('|');
  // One that names a node of ours and got no further was made up.
  const astray = `^v1[.](?!(?:${labels})[.])[A-Za-z0-9_-]{1,32}[.][A-Za-z0-9_-]{22}$`;
  return [
    ...nodes.map(({ label }) => {
      return set('node', `str(${label})`, [
        ...OPEN,
        `{ ${fetch} -m str ${cookie.valuesOf(label).join(' ')} }`,
      ]);
    }),
    ...namedBy(fetch),
    astrayBy(fetch, `'${astray}'`),
  ];
}

type ValueMethod = Extract<AffinityMethod, { readonly name: string }>;

function valueSources({ by, name }: ValueMethod): string[] {
  if (by === 'appCookie') return [`req.cook(${name})`];
  if (by === 'header') return [`req.fhdr(${name})`];
  return [`url_param(${name})`, `url_param(${name},;)`];
}

function valueRules(fetch: string, method: ValueMethod, { nodes }: EdgeFleet): string[] {
  const isSome = `{ ${fetch} -m reg . }`;
  if (method.mode === 'hash') return [set('key', fetch, [...OPEN, isSome])];
  if (method.mode === 'learn') {
    return [
      set('learn', fetch, [...OPEN, isSome]),
      set('learned', 'bool(1)', [...OPEN, `{ ${fetch},in_table(${TABLE}) }`]),
    ];
  }
  return [
    ...nodes.map(({ label }) => {
      const pattern = `'^${labelPattern(label, method, '')}$'`;
      return set('node', `str(${label})`, [...OPEN, `{ ${fetch} -m reg ${pattern} }`]);
    }),
    ...namedBy(fetch),
    astrayBy(fetch, '.'),
  ];
}

function namedBy(fetch: string): string[] {
  return [set('named', fetch, ['{ var(txn.node) -m found }', '!{ var(txn.named) -m found }'])];
}

/** It names nobody; a later method may, and if none does it keeps its requests together. */
function astrayBy(fetch: string, pattern: string): string {
  const isNew = '!{ var(txn.astray) -m found }';
  return set('astray', fetch, [...OPEN, isNew, `{ ${fetch} -m reg ${pattern} }`]);
}

function set(name: string, value: string, conditions: readonly string[]): string {
  return `    http-request set-var(txn.${name}) ${value} if ${conditions.join(' ')}`;
}

/** The balancer's cookie is set when the client has none that says the same, and so once. */
export function setCookieRules({ affinity, nodes, cookie }: EdgeFleet): string[] {
  if (!affinity.some(({ by }) => by === 'cookie')) return [];
  const routed = affinity.some(({ by }) => by === 'route')
    ? [
        ...['route', 'session'].map((name) => `!{ var(txn.${name}) -m found }`),
        ...ROUTE_COOKIE_NAMES.map((name) => `!{ res.cook(${name}) -m found }`),
      ]
    : [];
  const mayBeShared = "{ res.hdr(cache-control) -m reg -i '\\b(?:public|s-maxage)\\b' }";
  const rules = nodes.flatMap(({ label }) => {
    const [newest = ''] = cookie.valuesOf(label);
    const conditions = [
      `{ srv_name -m str ${label} }`,
      `!{ var(txn.own) -m str ${newest} }`,
      `!${mayBeShared}`,
      ...routed,
    ];
    return (['http', 'https'] as const).map((protocol) => {
      const isTls = protocol === 'https' ? '{ ssl_fc }' : '!{ ssl_fc }';
      const text = cookie.setFor(label, protocol);
      return `    http-response add-header Set-Cookie '${text}' if ${[...conditions, isTls].join(' ')}`;
    });
  });
  const { name, passOn } = cookie.options;
  const own = `    http-request set-var(txn.own) req.cook(${name})`;
  return [own, ...rules, ...(passOn ? [] : hidingRules(name))];
}

/** Behind all rules that read it: the cookie is for no node. */
function hidingRules(name: string): string[] {
  const pair = `${name.replaceAll('.', '[.]')}=[^;]*`;
  return [
    `    http-request replace-header Cookie '^(.*);[ \\t]*${pair}(.*)$' '\\1\\2'`,
    `    http-request replace-header Cookie '^[ \\t]*${pair};?[ \\t]*(.*)$' '\\1'`,
    '    http-request del-header Cookie if { req.fhdr(cookie) -m len 0 }',
  ];
}

/** The table of learned values, in the group that has it, and what every group does with it. */
export function learningRules({ affinity }: EdgeFleet, group: string): string[] {
  const method = affinity.find((one) => one.by === 'appCookie' && one.mode === 'learn');
  if (method === undefined || !('name' in method)) return [];
  const table = group === TABLE ? '' : ` table ${TABLE}`;
  return [
    ...(group === TABLE ? ['    stick-table type string len 128 size 100k expire 24h'] : []),
    `    stick on var(txn.learn)${table}`,
    `    stick store-response res.cook(${method.name})${table}`,
  ];
}
