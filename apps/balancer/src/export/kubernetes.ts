import { HEALTH_PATH } from '../contract.js';
import type { AffinityMethod } from '../routing/affinity.js';
import type { NodeCookieOptions } from '../routing/node-cookie.js';
import type { EdgeFleet } from './edge-fleet.js';

const NAME = 'understudy';
const LABELS = { app: NAME };
/** For the sessions of a node that stops: longer than handing them over may take. */
const GRACE_SECONDS = 60;
/** What Kubernetes has as default. */
const CLIENT_SECONDS = 10_800;

/**
 * Objects to start from, as a JSON list, which kubectl takes as it takes YAML: nodes with names that
 * stay, readiness that ends with draining, and one at a time taken away. The image is the reader's.
 */
export function renderKubernetes({ nodes, affinity, cookie }: EdgeFleet): string {
  const port = nodes[0]?.port as number;
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      service(port),
      statefulSet(nodes.length, port),
      disruptionBudget(),
      entry(affinity[0]?.by, cookie.options, port),
    ],
  };
  return `${JSON.stringify(list, undefined, 2)}\n`;
}

function service(port: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: NAME, labels: LABELS },
    spec: { clusterIP: 'None', selector: LABELS, ports: [{ name: 'http', port }] },
  };
}

function statefulSet(replicas: number, port: number): object {
  const probe = { httpGet: { path: HEALTH_PATH, port } };
  const container = {
    name: 'node',
    image: 'REPLACE-ME',
    ports: [{ containerPort: port }],
    env: [
      { name: 'PORT', value: String(port) },
      // The pod's name is the label in route cookies; it survives a restart.
      { name: 'NODE_LABEL', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ],
    // 404 while the node drains: no new sessions, and it stays until it is empty.
    readinessProbe: { ...probe, periodSeconds: 1, failureThreshold: 1 },
    // SIGTERM drains; this lets the endpoints forget the pod before it begins.
    lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: NAME, labels: LABELS },
    spec: {
      serviceName: NAME,
      replicas,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: { terminationGracePeriodSeconds: GRACE_SECONDS, containers: [container] },
      },
    },
  };
}

function disruptionBudget(): object {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: NAME },
    spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } },
  };
}

/** Where clients come in: by a gateway, or by a Service, which alone sees their addresses. */
function entry(
  by: AffinityMethod['by'] | undefined,
  { name, maxAge }: NodeCookieOptions,
  port: number,
): object {
  if (by === 'clientIp') return clientService(port);
  if (by === undefined) return route(port, {});
  // Cookies of the balancer and the gateway are no use to each other, so route has another name.
  const sessionName = by === 'cookie' ? name : 'understudy-edge';
  const lifetime =
    by === 'cookie' && maxAge !== undefined
      ? { absoluteTimeout: durationOf(maxAge), cookieConfig: { lifetimeType: 'Permanent' } }
      : { cookieConfig: { lifetimeType: 'Session' } };
  return route(port, { sessionPersistence: { sessionName, type: 'Cookie', ...lifetime } });
}

/** Up to 5 digits a unit. Source: GEP-2257. */
function durationOf(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const units = [`${hours}h`, `${Math.floor((seconds % 3600) / 60)}m`, `${seconds % 60}s`];
  return units.filter((unit) => !unit.startsWith('0')).join('');
}

function clientService(port: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `${NAME}-clients`, labels: LABELS },
    spec: {
      type: 'LoadBalancer',
      // Else another host stands in for the client.
      externalTrafficPolicy: 'Local',
      selector: LABELS,
      ports: [{ name: 'http', port }],
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: CLIENT_SECONDS } },
    },
  };
}

function route(port: number, persistence: object): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: NAME },
    spec: {
      parentRefs: [{ name: 'REPLACE-ME' }],
      rules: [{ backendRefs: [{ name: NAME, port }], ...persistence }],
    },
  };
}
