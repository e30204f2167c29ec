import { FAILED_NODE_HEADER, NOT_MINE_HEADER } from '../contract.js';
import type { Assignment } from '../routing/assignment.js';
import type { EdgeFleet, EdgeServer } from './edge-fleet.js';
import { ANY, affinityMaps, hashedGroups, isPinning, ROUTE } from './nginx-affinity.js';
import { cookieLine, cookieMaps } from './nginx-cookie.js';

/** The first version with `sticky route` in the open edition. */
const STICKY_SINCE = [1, 29, 6] as const;
const LABEL = '[A-Za-z0-9_-]{1,32}';
const BALANCE: Readonly<Record<Assignment, string>> = {
  p2c: '    random two least_conn;\n',
  'least-connections': '    least_conn;\n',
  'round-robin': '',
  hash: '    hash $understudy_client consistent;\n',
};

/**
 * For inclusion in the `http` section. Before 1.29.6 every pair of owner and backup is a group of
 * its own, which is how the packaged nginx can be told who is second.
 */
export function renderNginx(fleet: EdgeFleet): string {
  const [method, ...more] = fleet.affinity;
  const sticky =
    isAtLeast(fleet.nginxVersion, STICKY_SINCE) &&
    fleet.assignment !== 'hash' &&
    method?.by === 'route' &&
    more.length === 0;
  const group = sticky || method === undefined ? ANY : '$understudy_group';
  return `# Sessions of Understudy behind nginx. Include it in the http section. Written by:
# balancer export nginx, for version ${fleet.nginxVersion.join('.')}
#
# What it cannot do that the balancer does: see a node drain or fail before a request does (the open
# edition has no health checks), name the failed node to the next one, follow a 421 (a client sees it
# and repeats), and choose as the cluster itself would where no cookie says; the node that is asked
# instead finds the session, at the cost of a hop.
${sticky ? '# sticky route has not been run with a real nginx by those who wrote this.\n' : ''}
map $http_upgrade $understudy_connection {
    default "";
    ~*^websocket$ "upgrade";
}

${sticky ? stickyGroups(fleet) : mappedGroups(fleet)}
server {
    listen ${fleet.listen};

    location / {
        proxy_pass http://${group};
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Connection $understudy_connection;
        proxy_set_header Upgrade $http_upgrade;
        # Only balancer and nodes may speak these, and nobody says for himself where he comes from.
        proxy_set_header ${FAILED_NODE_HEADER} "";
        proxy_set_header Forwarded "";
        proxy_set_header X-Real-IP "";
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_hide_header ${NOT_MINE_HEADER};
${cookieLine(fleet)}        # Not for what may have run: nginx does not look for an Idempotency-Key.
        proxy_next_upstream error timeout;
        proxy_next_upstream_tries 3;
        proxy_connect_timeout 1s;
        proxy_read_timeout 75s;
        proxy_buffering off;
    }
}
`;
}

function isAtLeast(version: readonly number[], least: readonly number[]): boolean {
  for (const [index, number] of least.entries()) {
    const own = version[index] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}

function mappedGroups(fleet: EdgeFleet): string {
  const { affinity, assignment, nodes } = fleet;
  const routes = affinity.some(({ by }) => by === 'route');
  const groups = [group(ANY, nodes, [], BALANCE[assignment])];
  for (const owner of nodes) {
    const others = nodes.filter((node) => node !== owner);
    // A dot, which no label has, keeps the names of two pairs apart.
    const name = `understudy.${owner.label}`;
    if (routes) {
      groups.push(...others.map((backup) => group(`${name}.${backup.label}`, [owner], [backup])));
    }
    if (routes || affinity.some(isPinning)) groups.push(group(name, [owner], others));
  }
  for (const { name, key } of hashedGroups(fleet)) {
    groups.push(group(name, nodes, [], `    hash ${key} consistent;\n`));
  }
  return [...affinityMaps(fleet), ...cookieMaps(fleet), ...groups].join('\n');
}

function group(
  name: string,
  servers: readonly EdgeServer[],
  backups: readonly EdgeServer[],
  balance = '',
): string {
  const line = ({ address, weight }: EdgeServer, more: string): string =>
    `    server ${address} weight=${weight} max_fails=1 fail_timeout=2s${more};`;
  return `upstream ${name} {
${balance}${[...servers.map((node) => line(node, '')), ...backups.map((node) => line(node, ' backup'))].join('\n')}
    keepalive 32;
}
`;
}

function stickyGroups(fleet: EdgeFleet): string {
  const servers = fleet.nodes.map(
    ({ label, address, weight }) =>
      `    server ${address} weight=${weight} route=${label} max_fails=1 fail_timeout=2s;`,
  );
  return `map $http_cookie $understudy_owner {
    "~${ROUTE}(?<owner>${LABEL})[.]" $owner;
}

upstream ${ANY} {
    zone understudy 256k;
${BALANCE[fleet.assignment]}${servers.join('\n')}
    sticky route $understudy_owner;
    keepalive 32;
}
`;
}
