import { FAILED_NODE_HEADER, NOT_MINE_HEADER } from '../contract.js';
import type { EdgeFleet, EdgeServer } from './edge-fleet.js';

/** The first version with `sticky route` in the open edition. */
const STICKY_SINCE = [1, 29, 6] as const;
const COOKIE = '(?:^|;[ ]*)(?:__Host-)?sid-route=v1[.]';
const LABEL = '[A-Za-z0-9_-]{1,32}';
/** Epoch, sequence and MAC end a route cookie; without this, an epoch would pass for a backup. */
const REST = `(?:[.]${LABEL}){3,8}(?:;|$)`;

/**
 * For inclusion in the `http` section. Before 1.29.6 every pair of owner and backup is a group of
 * its own, which is how the packaged nginx can be told who is second.
 */
export function renderNginx(fleet: EdgeFleet): string {
  const sticky = isAtLeast(fleet.nginxVersion, STICKY_SINCE);
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

${sticky ? stickyGroups(fleet.nodes) : pairedGroups(fleet.nodes)}
server {
    listen ${fleet.listen};

    location / {
        proxy_pass http://${sticky ? 'understudy.any' : '$understudy_group'};
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
        # Not for what may have run: nginx does not look for an Idempotency-Key.
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

function pairedGroups(nodes: readonly EdgeServer[]): string {
  const groups = [group('any', nodes, [])];
  const pairs: string[] = [];
  const owners: string[] = [];
  for (const owner of nodes) {
    for (const backup of nodes) {
      if (backup === owner) continue;
      // A dot, which no label has, keeps the names of two pairs apart.
      const name = `${owner.label}.${backup.label}`;
      groups.push(group(name, [owner], [backup]));
      pairs.push(`    "~${COOKIE}${owner.label}[.]${backup.label}${REST}" understudy.${name};`);
    }
    const others = nodes.filter((node) => node !== owner);
    groups.push(group(owner.label, [owner], others));
    owners.push(`    "~${COOKIE}${owner.label}[.]" understudy.${owner.label};`);
  }
  return `map $http_cookie $understudy_group {
    default understudy.any;
${[...pairs, ...owners].join('\n')}
}

${groups.join('\n')}`;
}

function group(
  name: string,
  servers: readonly EdgeServer[],
  backups: readonly EdgeServer[],
): string {
  const line = ({ address, weight }: EdgeServer, more: string): string =>
    `    server ${address} weight=${weight} max_fails=1 fail_timeout=2s${more};`;
  return `upstream understudy.${name} {
${[...servers.map((node) => line(node, '')), ...backups.map((node) => line(node, ' backup'))].join('\n')}
    keepalive 32;
}
`;
}

function stickyGroups(nodes: readonly EdgeServer[]): string {
  const servers = nodes.map(
    ({ label, address, weight }) =>
      `    server ${address} weight=${weight} route=${label} max_fails=1 fail_timeout=2s;`,
  );
  return `map $http_cookie $understudy_owner {
    "~${COOKIE}(?<owner>${LABEL})[.]" $owner;
}

upstream understudy.any {
    zone understudy 256k;
    least_conn;
${servers.join('\n')}
    sticky route $understudy_owner;
    keepalive 32;
}
`;
}
