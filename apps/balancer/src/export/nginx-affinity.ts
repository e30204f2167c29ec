import type { AffinityMethod } from '../routing/affinity.js';
import type { EdgeFleet, EdgeServer } from './edge-fleet.js';
import { labelPattern, literal } from './label-pattern.js';
import { isHashed } from './verdicts.js';

const LABEL = '[A-Za-z0-9_-]{1,32}';
/** Before the owner in a route cookie. */
export const ROUTE = '(?:^|;[ ]*)(?:__Host-)?sid-route=v1[.]';
/** Epoch, sequence and MAC end a route cookie; without this, an epoch would pass for a backup. */
const REST = `(?:[.]${LABEL}){3,8}(?:;|$)`;
/** `$understudy_client`: of IPv6 the first 8 of 16 bytes. */
const CLIENT_MAP = `map $binary_remote_addr $understudy_client {
    default $binary_remote_addr;
    "~(?s)^(?<understudy_network>.{8}).{8}$" $understudy_network;
}
`;

/** The group of all nodes. Labels follow a dot; with a hyphen none can come to this name. */
export const ANY = 'understudy-any';

/** Where a value stands: in which variable, between what, and which characters end it. */
interface Place {
  readonly source: string;
  readonly before: string;
  readonly after: string;
  readonly stop: string;
}

/** A map of the chain, given the variable it makes and what it leaves to the next one. */
type Step = (own: string, following: string) => string;

/**
 * Maps from a request to `$understudy_group`, the name of a group of servers: each method has one,
 * whose default is that of the next method. Values that name nobody come last, to be hashed.
 */
export function affinityMaps(fleet: EdgeFleet): string[] {
  const { affinity, assignment } = fleet;
  const usesClient = assignment === 'hash' || affinity.some(({ by }) => by === 'clientIp');
  const keys = affinity.flatMap((method, at) => keyMap(method, at, fleet));
  const named = affinity.flatMap((method, at) => stepsOf(method, at, fleet));
  const astray = affinity.flatMap((method, at) => {
    return isPinning(method) ? [keyStep(at)] : [];
  });
  const chain = [...named, ...astray];
  const variable = (at: number): string => `$understudy_group${at === 0 ? '' : `_${at}`}`;
  const maps = chain.map((write, at) => {
    return write(variable(at), at + 1 < chain.length ? variable(at + 1) : ANY);
  });
  return [...(usesClient ? [CLIENT_MAP] : []), ...keys, ...maps];
}

/** Groups that go by a value, with the variable it is in. */
export function hashedGroups({ affinity }: EdgeFleet): { name: string; key: string }[] {
  return affinity.flatMap((method, at) => {
    return isHashed(method) || isPinning(method) ? [{ name: hashName(at), key: keyName(at) }] : [];
  });
}

export function isPinning(method: AffinityMethod): boolean {
  return method.by === 'cookie' || ('mode' in method && method.mode === 'suffix');
}

function hashName(at: number): string {
  return `understudy-hash-${at}`;
}

function keyName(at: number): string {
  return `$understudy_key_${at}`;
}

function stepsOf(method: AffinityMethod, at: number, fleet: EdgeFleet): Step[] {
  if (method.by === 'route') return [routeStep(fleet.nodes)];
  if (isHashed(method)) return [keyStep(at)];
  return placesOf(method, fleet).map((place) => labelStep(method, place, fleet));
}

function keyStep(at: number): Step {
  return (own, following) => `map ${keyName(at)} ${own} {
    "" ${following};
    default ${hashName(at)};
}
`;
}

function routeStep(nodes: readonly EdgeServer[]): Step {
  const pairs: string[] = [];
  const owners: string[] = [];
  for (const owner of nodes) {
    for (const backup of nodes) {
      if (backup === owner) continue;
      const pattern = `~${ROUTE}${owner.label}[.]${backup.label}${REST}`;
      pairs.push(`    "${pattern}" understudy.${owner.label}.${backup.label};`);
    }
    owners.push(`    "~${ROUTE}${owner.label}[.]" understudy.${owner.label};`);
  }
  return (own, following) => `map $http_cookie ${own} {
    default ${following};
${[...pairs, ...owners].join('\n')}
}
`;
}

function labelStep(method: AffinityMethod, place: Place, { nodes, cookie }: EdgeFleet): Step {
  const { source, before, after, stop } = place;
  const rows = nodes.map(({ label }) => {
    const pattern =
      'separator' in method
        ? labelPattern(label, method, stop)
        : `(?:${cookie.valuesOf(label).map(literal).join('|')})`;
    return `    "~${before}${pattern}${after}" understudy.${label};`;
  });
  return (own, following) => `map ${source} ${own} {
    default ${following};
${rows.join('\n')}
}
`;
}

/** The value of a method, empty when there is none. */
function keyMap(method: AffinityMethod, at: number, fleet: EdgeFleet): string[] {
  const capture = `understudy_value_${at}`;
  const map = (source: string, rows: readonly string[]): string[] => [
    `map ${source} ${keyName(at)} {\n${rows.join('\n')}\n}\n`,
  ];
  if (method.by === 'route') return [];
  if (method.by === 'clientIp')
    return map('$understudy_client', ['    default $understudy_client;']);
  if (method.by === 'tlsSession') {
    // Version 1.3 makes one up for each connection.
    const pattern = `~^TLSv1(?:[.][12])?[|](?<${capture}>.+)$`;
    return map('"$ssl_protocol|$ssl_session_id"', [`    "${pattern}" $${capture};`]);
  }
  const labels = fleet.nodes.map(({ label }) => label).join('|');
  const places = placesOf(method, fleet);
  const rows = places.map(({ before, after, stop }, index) => {
    const anyValue = stop === '' ? '.+' : `[^${stop}]+`;
    // A cookie of ours that names a node of ours and got this far was made up.
    const astray = `v1[.](?!(?:${labels})[.])${LABEL}[.][A-Za-z0-9_-]{22}`;
    const name = index === 0 ? capture : `${capture}_path`;
    const value = `(?<${name}>${method.by === 'cookie' ? astray : anyValue})`;
    return `    "~${before}${value}${after}" $${name};`;
  });
  return map(places[0]?.source ?? '', rows);
}

function placesOf(method: AffinityMethod, { cookie }: EdgeFleet): Place[] {
  switch (method.by) {
    case 'cookie':
      return [cookiePlace(cookie.options.name)];
    case 'appCookie':
      return [cookiePlace(method.name)];
    case 'header': {
      const source = `$http_${method.name.toLowerCase().replace(/-/g, '_')}`;
      return [{ source, before: '^', after: '$', stop: '' }];
    }
    case 'param': {
      const name = literal(method.name);
      const source = '$request_uri';
      return [
        { source, before: `^[^?]*[?](?:.*?&)?${name}=`, after: '(?:&|$)', stop: '&' },
        { source, before: `^[^?]*?;${name}=`, after: '(?:[;/?]|$)', stop: ';/?' },
      ];
    }
    default:
      return [];
  }
}

function cookiePlace(name: string): Place {
  const before = `(?:^|;)[ \\t]*${literal(name)}=`;
  return { source: '$http_cookie', before, after: '[ \\t]*(?:;|$)', stop: ';' };
}
