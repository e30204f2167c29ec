import { HEALTH_PATH, ROUTE_COOKIE_NAMES, SESSION_COOKIE_NAMES } from '../contract.js';
import type { EdgeFleet, EdgeServer } from './edge-fleet.js';

/** Of a route cookie with at least one backup; without one, an epoch stands in the same place. */
const WITH_BACKUP = '^v1([.][A-Za-z0-9_-]+){5,10}$';
const ANY_ROUTE = '^v1([.][A-Za-z0-9_-]+){4,10}$';

/**
 * A configuration for HAProxy 2.6 and later: the owner in the route cookie, else its first backup,
 * else a consistent hash of the session, else the next in turn.
 */
export function renderHaproxy({ nodes, listen }: EdgeFleet): string {
  return `# Sessions of Understudy behind HAProxy, 2.6 or later. Written by: balancer export haproxy
#
# What it cannot do that the balancer does: name the failed node to the next one, follow a 421 (a
# client sees it and repeats), and choose as the cluster itself would where no cookie says; the node
# that is asked instead finds the session, at the cost of a hop.
global
    log stderr format raw local0 notice

defaults
    mode http
    log global
    timeout connect 1s
    timeout check 2s
    timeout client 75s
    timeout server 75s
    timeout http-request 10s
    timeout http-keep-alive 75s
    timeout tunnel 1h
    retries 3
    option redispatch 1
    # Nothing that may have run is sent again: HAProxy does not look for an Idempotency-Key.
    retry-on conn-failure

frontend understudy
    bind ${listen}
    # Only balancer and nodes may speak these, and nobody says for himself where he comes from.
    http-request del-header X-Understudy- -m beg
    http-request del-header X-Forwarded- -m beg
    http-request del-header Forwarded
    http-request del-header X-Real-IP
    http-response del-header X-Understudy- -m beg
    http-request set-header X-Forwarded-For %[src]
    http-request set-header X-Forwarded-Proto http unless { ssl_fc }
    http-request set-header X-Forwarded-Proto https if { ssl_fc }
    http-request set-header X-Forwarded-Host %[req.hdr(host)]
    default_backend understudy

backend understudy
${cookieVariables().join('\n')}
    # Rules for each node by name: one for a name nobody has would end the search.
${nodes.map((node) => ruleFor(node, 'owner')).join('\n')}
${nodes.map((node) => ruleFor(node, 'backup')).join('\n')}
    balance hash var(txn.session)
    hash-type consistent sdbm avalanche
    option httpchk
    http-check send meth GET uri ${HEALTH_PATH}
    http-check expect status 200
    # 404 means draining: no new sessions, and the old ones move away by themselves.
    http-check disable-on-404
    # A node that refuses a connection is passed over from the next request on, until a check succeeds.
    default-server check inter 1s fall 2 rise 1 observe layer4 error-limit 1 on-error mark-down
${nodes.map(serverLine).join('\n')}
`;
}

function cookieVariables(): string[] {
  const lines: string[] = [];
  for (const name of ROUTE_COOKIE_NAMES) {
    lines.push(
      `    http-request set-var(txn.route) req.cook(${name})` +
        ` if !{ var(txn.route) -m found } { req.cook(${name}) -m reg ${ANY_ROUTE} }`,
    );
  }
  lines.push(
    '    http-request set-var(txn.owner) var(txn.route),field(2,.)',
    '    http-request set-var(txn.backup) var(txn.route),field(3,.)' +
      ` if { var(txn.route) -m reg ${WITH_BACKUP} }`,
  );
  for (const name of SESSION_COOKIE_NAMES) {
    lines.push(
      `    http-request set-var(txn.session) req.cook(${name}),field(1,.)` +
        ' unless { var(txn.session) -m found }',
    );
  }
  return lines;
}

function ruleFor({ label }: EdgeServer, holder: 'owner' | 'backup'): string {
  return `    use-server ${label} if { var(txn.${holder}) -m str ${label} }`;
}

function serverLine({ label, address, weight }: EdgeServer): string {
  return `    server ${label} ${address} weight ${weight}`;
}
