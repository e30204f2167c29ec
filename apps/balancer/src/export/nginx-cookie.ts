import { OptionError } from '../errors.js';
import type { EdgeFleet, EdgeServer } from './edge-fleet.js';
import { literal } from './label-pattern.js';

/** What the response is to set, empty when nothing is due. */
const DUE = '$understudy_cookie_due';
/** The cookies of a request, without the balancer's. */
const PASSED = '$understudy_cookies';

/**
 * The balancer's cookie, set when the client has none that says the same. nginx tells which server
 * answered by its address alone.
 *
 * @throws OptionError when a node is known by a name.
 */
export function cookieMaps(fleet: EdgeFleet): string[] {
  if (!setsCookie(fleet)) return [];
  const { nodes, cookie, affinity } = fleet;
  const name = literal(cookie.options.name);
  const rows = nodes.flatMap((node) => {
    const [newest = ''] = cookie.valuesOf(node.label);
    // Several servers may have been tried; the last one answered.
    const answered = `[|](?:.*[ ])?${literal(addressOf(node))}[|]`;
    return [
      `    "~${answered}${literal(newest)}$" "";`,
      ...(['http', 'https'] as const).map((protocol) => {
        return `    "~^${protocol}${answered}" "${cookie.setFor(node.label, protocol)}";`;
      }),
    ];
  });
  const unless = (source: string, pattern: string, own: string, following: string): string =>
    `map ${source} ${own} {\n    default ${following};\n    "${pattern}" "";\n}\n`;
  const shared = '~*\\b(?:public|s-maxage)\\b';
  const maps = [
    ...(cookie.options.passOn ? [] : [passedMap(name)]),
    `map $http_cookie $understudy_own {
    "~(?:^|;)[ \\t]*${name}=(?<understudy_own_value>[^; \\t]+)" $understudy_own_value;
}
`,
    `map "$scheme|$upstream_addr|$understudy_own" $understudy_node_cookie {\n${rows.join('\n')}\n}\n`,
  ];
  const usesRoutes = affinity.some(({ by }) => by === 'route');
  if (!usesRoutes) {
    return [
      ...maps,
      unless('$upstream_http_cache_control', shared, DUE, '$understudy_node_cookie'),
    ];
  }
  return [
    ...maps,
    unless('$upstream_http_cache_control', shared, '$understudy_due_1', '$understudy_node_cookie'),
    unless('$upstream_http_set_cookie', '~sid-route=', '$understudy_due_2', '$understudy_due_1'),
    unless('$http_cookie', '~(?:^|;[ ]*)(?:__Host-)?sid(?:-route)?=', DUE, '$understudy_due_2'),
  ];
}

export function cookieLine(fleet: EdgeFleet): string {
  if (!setsCookie(fleet)) return '';
  const passed = fleet.cookie.options.passOn ? '' : `        proxy_set_header Cookie ${PASSED};\n`;
  return `${passed}        add_header Set-Cookie ${DUE} always;\n`;
}

/** What nodes get of the cookies: all but the balancer's, where it stands once. */
function passedMap(name: string): string {
  const pair = `[ \\t]*${name}=[^;]*`;
  return `map $http_cookie ${PASSED} {
    default $http_cookie;
    "~^(?<understudy_before>.*);${pair}(?<understudy_behind>.*)$" $understudy_before$understudy_behind;
    "~^${pair}(?:;[ \\t]*(?<understudy_others>.*))?$" $understudy_others;
}
`;
}

function setsCookie({ affinity }: EdgeFleet): boolean {
  return affinity.some(({ by }) => by === 'cookie');
}

function addressOf({ label, host, address }: EdgeServer): string {
  if (/^[\d.]+$|:/.test(host)) return address;
  const expected = 'an address: nginx does not tell by which name it found the server';
  throw new OptionError(`url of ${label}, with affinity by cookie,`, host, expected);
}
