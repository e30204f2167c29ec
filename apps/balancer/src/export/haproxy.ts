import { createHash } from 'node:crypto';
import { HEALTH_PATH } from '../contract.js';
import type { Assignment } from '../routing/assignment.js';
import type { EdgeFleet, EdgeServer } from './edge-fleet.js';
import { affinityRules, CLIENT, learningRules, setCookieRules, TABLE } from './haproxy-affinity.js';
import { isHashed, isNamed } from './verdicts.js';

const NAMED = `${TABLE}-named`;
const HASHED = `${TABLE}-hashed`;
/** Of an id more bits than these make no difference to the ring of HAProxy. */
const ID_BITS = 20;
const LEAST_FACTOR = 101;

/**
 * A configuration for HAProxy 2.6 and later. A group of servers has one way to choose, so there are
 * up to three: for nodes that are named and for the first assignment, which so counts the load of
 * both; for what named a node that is gone; for values that are hashed with bounded load.
 */
export function renderHaproxy(fleet: EdgeFleet): string {
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
    bind ${fleet.listen}
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
${frontRules(fleet)}    default_backend ${TABLE}

${groups(fleet).join('\n')}`;
}

function frontRules(fleet: EdgeFleet): string {
  const lines = [...affinityRules(fleet), ...setCookieRules(fleet)];
  const { affinity } = fleet;
  if (affinity.some(isNamed)) {
    lines.push(`    use_backend ${NAMED} if { var(txn.named) -m found } !{ var(txn.up) -m found }`);
  }
  if (affinity.some(isHashed)) {
    lines.push(`    use_backend ${HASHED} if { var(txn.key) -m found } !{ var(txn.up) -m found }`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function groups(fleet: EdgeFleet): string[] {
  const { affinity, assignment, nodes, boundedLoad } = fleet;
  const factor = Math.max(LEAST_FACTOR, Math.round(boundedLoad.factor * 100));
  const bound = `    hash-balance-factor ${factor}`;
  const up = affinity.some(isNamed)
    ? [
        '    # A rule for each node by name: one for a name nobody has would end the search.',
        ...nodes.map(({ label }) => `    use-server ${label} if { var(txn.up) -m str ${label} }`),
      ]
    : [];
  const first = assignment === 'hash' ? [...hashOf(CLIENT), bound] : [balance(assignment)];
  const all = [group(TABLE, [...up, ...first], fleet)];
  if (affinity.some(isNamed)) all.push(group(NAMED, hashOf('var(txn.named)'), fleet));
  if (affinity.some(isHashed)) all.push(group(HASHED, [...hashOf('var(txn.key)'), bound], fleet));
  return all;
}

function balance(assignment: Exclude<Assignment, 'hash'>): string {
  const words = { p2c: 'random(2)', 'least-connections': 'leastconn', 'round-robin': 'roundrobin' };
  return `    balance ${words[assignment]}`;
}

function hashOf(expression: string): string[] {
  return [`    balance hash ${expression}`, '    hash-type consistent sdbm avalanche'];
}

function group(name: string, rules: readonly string[], fleet: EdgeFleet): string {
  const ids = serverIds(fleet.nodes);
  return `backend ${name}
${[...rules, ...learningRules(fleet, name)].join('\n')}
    option httpchk
    http-check send meth GET uri ${HEALTH_PATH}
    http-check expect status 200
    # 404 means draining: no new sessions, and the old ones move away by themselves.
    http-check disable-on-404
    # A node that refuses a connection is passed over from the next request on, until a check succeeds.
    default-server check inter 1s fall 2 rise 1 observe layer4 error-limit 1 on-error mark-down
${fleet.nodes.map((node) => serverLine(node, ids.get(node.label) ?? 1)).join('\n')}
`;
}

/**
 * Places on the ring go by ids, which by default are places in the list: a node less would move the
 * keys of all behind it. These go by the label.
 */
function serverIds(nodes: readonly EdgeServer[]): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  const taken = new Set<number>();
  for (const label of nodes.map((node) => node.label).sort()) {
    const digest = createHash('sha256').update(label).digest().readUInt32BE();
    let id = digest >>> (32 - ID_BITS);
    while (id === 0 || taken.has(id)) id = (id + 1) % 2 ** ID_BITS;
    taken.add(id);
    ids.set(label, id);
  }
  return ids;
}

function serverLine({ label, address, weight }: EdgeServer, id: number): string {
  return `    server ${label} ${address} id ${id} weight ${weight}`;
}
