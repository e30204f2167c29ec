import type { AffinityMethod } from '../routing/affinity.js';
import type { EdgeFleet } from './edge-fleet.js';
import { extension } from './envoy-extension.js';
import { labelPattern, literal } from './label-pattern.js';
import { isHashed } from './verdicts.js';

export const NODES = 'understudy';
/** The same nodes, for values that are hashed. */
export const HASHED = 'understudy-hashed';
export const METADATA = 'envoy.lb';
const LABEL = '([A-Za-z0-9_-]{1,32})';
/** The owner in a Cookie field that may hold other cookies, too. */
const OWNER = `^(?:.*;[ ]*)?(?:__Host-)?sid-route=v1[.]${LABEL}[.].*$`;

/** Where a label stands in a header field, and the same for labels of the nodes there are. */
interface Naming {
  readonly header: string;
  readonly anyLabel: string;
  readonly ourLabel: string;
}

/** Filters ahead of the router: for a label in the request, and for Envoy's own cookie. */
export function affinityFilters(fleet: EdgeFleet): object[] {
  const filters: object[] = [];
  if (fleet.affinity.some(({ by }) => by === 'cookie')) filters.push(statefulSession(fleet));
  for (const method of fleet.affinity) {
    const naming = namingOf(method, fleet);
    if (naming !== undefined) filters.push(labelFilter(naming));
  }
  return filters;
}

/** Matches in the order of the methods, with what to add to a route; the last matches all. */
export function affinityRoutes(fleet: EdgeFleet): { match: object; route: object }[] {
  const { affinity, assignment } = fleet;
  const routes = affinity.flatMap((method) => {
    const naming = namingOf(method, fleet);
    if (naming !== undefined) {
      return [{ match: headerMatch(naming.header, naming.ourLabel), route: { cluster: NODES } }];
    }
    return isHashed(method) ? [hashedRoute(method)] : [];
  });
  // What the last of several would match goes the same way without a match.
  if (affinity.length === 1 && namingOf(affinity[0] as AffinityMethod, fleet)) routes.pop();
  const rest =
    assignment === 'hash' ? { cluster: HASHED, hash_policy: [bySource()] } : { cluster: NODES };
  const isDecided = affinity.some(({ by }) => by === 'clientIp');
  return isDecided ? routes : [...routes, { match: {}, route: rest }];
}

function namingOf(method: AffinityMethod, { nodes }: EdgeFleet): Naming | undefined {
  const ours = `(?:${nodes.map(({ label }) => label).join('|')})`;
  if (method.by === 'route') {
    return { header: 'cookie', anyLabel: OWNER, ourLabel: OWNER.replace(LABEL, ours) };
  }
  if (method.by !== 'appCookie' && method.by !== 'header') return undefined;
  if (method.mode !== 'suffix') return undefined;
  const isCookie = method.by === 'appCookie';
  const pattern = (label: string): string =>
    isCookie
      ? `^(?:.*;[ ]*)?${literal(method.name)}=${labelPattern(label, method, ';')}(?:;.*)?$`
      : `^${labelPattern(label, method, '')}$`;
  const header = isCookie ? 'cookie' : method.name.toLowerCase();
  return { header, anyLabel: pattern(LABEL), ourLabel: pattern(ours) };
}

function labelFilter({ header, anyLabel }: Naming): object {
  const rule = {
    header,
    on_header_present: {
      metadata_namespace: METADATA,
      key: 'node',
      type: 'STRING',
      regex_value_rewrite: { pattern: { regex: anyLabel }, substitution: '\\1' },
    },
    remove: false,
  };
  return extension(
    'envoy.filters.http.header_to_metadata',
    'envoy.extensions.filters.http.header_to_metadata.v3.Config',
    { request_rules: [rule] },
  );
}

function statefulSession({ cookie }: EdgeFleet): object {
  const { name, path, maxAge } = cookie.options;
  const ttl = maxAge === undefined ? {} : { ttl: `${maxAge}s` };
  return extension(
    'envoy.filters.http.stateful_session',
    'envoy.extensions.filters.http.stateful_session.v3.StatefulSession',
    {
      session_state: extension(
        'envoy.http.stateful_session.cookie',
        'envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState',
        { cookie: { name, path, ...ttl } },
      ),
    },
  );
}

function hashedRoute(method: AffinityMethod): { match: object; route: object } {
  const route = (policy: object): object => ({ cluster: HASHED, hash_policy: [policy] });
  if (!('name' in method)) return { match: {}, route: route(bySource()) };
  const { by, name } = method;
  if (by === 'header') {
    return { match: headerMatch(name, '^.+$'), route: route({ header: { header_name: name } }) };
  }
  if (by === 'param') {
    const match = { query_parameters: [{ name, string_match: { safe_regex: { regex: '.+' } } }] };
    return { match, route: route({ query_parameter: { name } }) };
  }
  const pattern = `^(?:.*;[ ]*)?${literal(name)}=[^;]+(?:;.*)?$`;
  return { match: headerMatch('cookie', pattern), route: route({ cookie: { name } }) };
}

function bySource(): object {
  return { connection_properties: { source_ip: true } };
}

function headerMatch(name: string, regex: string): object {
  return { headers: [{ name, string_match: { safe_regex: { regex } } }] };
}
