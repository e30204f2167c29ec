import { HEALTH_PATH } from '../contract.js';
import type { EdgeFleet } from './edge-fleet.js';

const NAME = 'understudy';
const LABELS = { app: NAME };
/** For the sessions of a node that stops: longer than handing them over may take. */
const GRACE_SECONDS = 60;

/**
 * Objects to start from, as a JSON list, which kubectl takes as it takes YAML: nodes with names that
 * stay, readiness that ends with draining, and one at a time taken away. The image is the reader's.
 */
export function renderKubernetes({ nodes }: EdgeFleet): string {
  const port = nodes[0]?.port as number;
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [service(port), statefulSet(nodes.length, port), disruptionBudget(), route(port)],
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

/** Sticky by a cookie of the gateway's own, which knows nothing of owners and backups. */
function route(port: number): object {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: NAME },
    spec: {
      parentRefs: [{ name: 'REPLACE-ME' }],
      rules: [
        {
          backendRefs: [{ name: NAME, port }],
          sessionPersistence: {
            sessionName: 'understudy-edge',
            type: 'Cookie',
            cookieConfig: { lifetimeType: 'Session' },
          },
        },
      ],
    },
  };
}
