import { ExportError } from '../errors.js';
import { type AffinityMethod, describeMethod } from '../routing/affinity.js';
import type { Assignment } from '../routing/assignment.js';
import type { EdgeFleet } from './edge-fleet.js';

export type EdgeKind = 'haproxy' | 'nginx' | 'envoy' | 'k8s';

/** Undefined: as the balancer does it. `note`: nearly so. `refused`: not at all, and why. */
type Verdict = { readonly note: string } | { readonly refused: string } | undefined;
type Verdicts = Readonly<Record<string, Verdict>>;

const NO_SESSION_ID = { refused: 'a proxy that routes by the session of TLS: haproxy or nginx' };
const LOST = {
  note: 'while the node is away, the requests of a client are spread over the others one by one',
};
const PATHLESS = { note: 'in the query alone, not in the path' };
const WHOLE_ADDRESS = { note: 'IPv6 by the whole address, not by its /64' };
const NO_HASH = {
  refused: 'a method that Kubernetes has: route, cookie, clientIp or none',
};
const TICKETS = 'a listener that ends TLS is yours to add, without tickets';

/** Methods by name, and by mode where they have one. */
const METHODS: Readonly<Record<EdgeKind, Verdicts>> = {
  haproxy: {
    'appCookie learn': {
      note: 'by a table in the process (stick-table): 100000 values of 128 bytes, lost with a restart',
    },
    tlsSession: { note: `${TICKETS}: bind … ssl crt FILE no-tls-tickets` },
  },
  nginx: {
    cookie: LOST,
    'appCookie suffix': LOST,
    'appCookie learn': { refused: 'suffix or hash, since nginx learns nothing, or haproxy' },
    'header suffix': LOST,
    'param suffix': LOST,
    tlsSession: { note: `${TICKETS}: ssl_session_tickets off, ssl_session_cache shared:…` },
  },
  envoy: {
    route: { note: 'by the owner alone; without it, and without a route, to any node' },
    cookie: {
      note: "by Envoy's own cookie: it tells the node's address, and anybody can make it up",
    },
    'appCookie suffix': LOST,
    'appCookie learn': { refused: 'suffix or hash, since Envoy learns nothing, or haproxy' },
    'header suffix': LOST,
    'param suffix': { refused: 'hash, since Envoy takes labels from header fields only' },
    'param hash': PATHLESS,
    clientIp: WHOLE_ADDRESS,
    tlsSession: NO_SESSION_ID,
  },
  k8s: {
    route: { note: "by a cookie of the gateway's own, which knows neither owner nor backups" },
    cookie: { note: "by a cookie of the gateway's own; only name and maxAge are taken over" },
    'appCookie suffix': NO_HASH,
    'appCookie hash': NO_HASH,
    'appCookie learn': NO_HASH,
    'header suffix': NO_HASH,
    'header hash': NO_HASH,
    'param suffix': NO_HASH,
    'param hash': NO_HASH,
    clientIp: {
      note: 'by a table of each host (3 hours), for clients that come to the Service itself',
    },
    tlsSession: NO_SESSION_ID,
  },
};

const BLIND = 'counts only what goes to that group of servers, not what came by affinity';
const GATEWAY = { note: 'what Service or gateway does by itself' };

const ASSIGNED: Readonly<Record<EdgeKind, (assignment: Assignment, fleet: EdgeFleet) => Verdict>> =
  {
    haproxy: (assignment, { affinity }) => {
      return isByLoad(assignment) && affinity.some(isHashed) ? { note: BLIND } : undefined;
    },
    nginx: (assignment, { affinity }) => {
      return isByLoad(assignment) && affinity.length > 0 ? { note: BLIND } : undefined;
    },
    envoy: (assignment, { affinity, nodes }) => {
      if (assignment === 'hash') return WHOLE_ADDRESS;
      const notes = isByLoad(assignment) && affinity.some(isHashed) ? [BLIND] : [];
      if (assignment === 'least-connections')
        notes.push('as many random nodes are compared as there are');
      if (isByLoad(assignment) && new Set(nodes.map(({ weight }) => weight)).size > 1) {
        notes.push('with unequal weights Envoy takes turns by weight and load');
      }
      return notes.length > 0 ? { note: notes.join('; ') } : undefined;
    },
    k8s: (assignment) => {
      if (assignment !== 'hash') return GATEWAY;
      return { refused: 'another, or affinity by clientIp: Kubernetes spreads by no hash' };
    },
  };

/**
 * What the other proxy will do in another way than the balancer, a line for each.
 *
 * @throws ExportError when it would do something else.
 */
export function notesFor(kind: EdgeKind, fleet: EdgeFleet): string[] {
  const notes = fleet.affinity.flatMap((method) => {
    const told = describeMethod(method);
    return noteOf(kind, `affinity by ${told}`, METHODS[kind][verdictName(method)]);
  });
  // Every request has an address, so that nothing is left to assign.
  if (!fleet.affinity.some(({ by }) => by === 'clientIp')) {
    const verdict = ASSIGNED[kind](fleet.assignment, fleet);
    notes.push(...noteOf(kind, `assignment ${fleet.assignment}`, verdict));
  }
  notes.push(...boundNotes(kind, fleet));
  if (kind === 'nginx') checkNginx(fleet);
  if (kind === 'envoy') checkEnvoy(fleet);
  if (kind === 'k8s') notes.push(...kubernetesNotes(fleet));
  return notes;
}

function noteOf(kind: EdgeKind, what: string, verdict: Verdict): string[] {
  if (verdict === undefined) return [];
  if ('refused' in verdict) throw new ExportError(kind, what, verdict.refused);
  return [`${what}: ${verdict.note}`];
}

function verdictName(method: AffinityMethod): string {
  return 'mode' in method ? `${method.by} ${method.mode}` : method.by;
}

/** Whether it hashes a value, and so has a group of servers for itself. */
export function isHashed(method: AffinityMethod): boolean {
  if ('mode' in method) return method.mode === 'hash';
  return method.by === 'clientIp' || method.by === 'tlsSession';
}

/** Whether it may give the label of a node, in the request itself. */
export function isNamed(method: AffinityMethod): boolean {
  return !isHashed(method) && !('mode' in method && method.mode === 'learn');
}

function isByLoad(assignment: Assignment): boolean {
  return assignment === 'p2c' || assignment === 'least-connections';
}

function boundNotes(kind: EdgeKind, { affinity, assignment, boundedLoad }: EdgeFleet): string[] {
  if (!affinity.some(isHashed) && assignment !== 'hash') return [];
  const { factor } = boundedLoad;
  if (kind === 'nginx') return ['boundedLoad: no bounds, a busy key stays on its node'];
  if (kind === 'haproxy' && factor < 1.01) return ['boundedLoad.factor: 1.01, the least there is'];
  return [];
}

/** Fields with other characters in their name have no variable, and most are dropped. */
function checkNginx({ affinity }: EdgeFleet): void {
  for (const method of affinity) {
    if (method.by !== 'header' || /^[A-Za-z0-9-]+$/.test(method.name)) continue;
    throw new ExportError('nginx', describeMethod(method), 'a name of A-Z a-z 0-9 -');
  }
}

/** A label is in one place of the metadata, and Envoy's own cookie overrides whatever was found. */
function checkEnvoy({ affinity }: EdgeFleet): void {
  const naming = affinity.filter((method) => isNamed(method) && method.by !== 'cookie');
  if (naming.length > 1) {
    const told = naming.map(describeMethod).join(', ');
    throw new ExportError('envoy', `affinity by ${told}`, 'one method that names a node');
  }
  const at = affinity.findIndex(({ by }) => by === 'cookie');
  if (at > 0) throw new ExportError('envoy', `affinity by cookie`, 'cookie before other methods');
  for (const method of naming) {
    if (!('mode' in method) || method.separator.length === 1) continue;
    const what = `the separator ${JSON.stringify(method.separator)}`;
    throw new ExportError('envoy', what, 'one character');
  }
}

function kubernetesNotes({ affinity, nodes }: EdgeFleet): string[] {
  if (affinity.length > 1) {
    const told = affinity.map(describeMethod).join(', ');
    throw new ExportError('k8s', `affinity by ${told}`, 'one method');
  }
  if (nodes.every(({ weight }) => weight === nodes[0]?.weight)) return [];
  return ['weight: all pods are alike'];
}
