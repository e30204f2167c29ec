import {
  isObject,
  list,
  mapOf,
  matching,
  message,
  oneOf,
  type Shape,
  text,
  whole,
} from './shape.js';

/*
 * What the APIs of Kubernetes have of the objects that we write. A field that is unknown is refused
 * or, worse, dropped. Source: core/v1, apps/v1 and policy/v1 of the Kubernetes API reference, and
 * gateway.networking.k8s.io/v1 with GEP-1619 (`sessionPersistence`) and GEP-2257 (durations).
 */

const name = matching(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
const port = whole(1, 65_535);
const labels = mapOf(text);
const metadata = message({ name, labels }, ['name']);
const gatewayDuration = matching(/^(?:[0-9]{1,5}(?:h|m|s|ms)){1,4}$/);

function object(apiVersion: string, kind: string, spec: Shape): Shape {
  const fields = { apiVersion: oneOf(apiVersion), kind: oneOf(kind), metadata, spec };
  return message(fields, Object.keys(fields));
}

const service = object(
  'v1',
  'Service',
  message(
    {
      type: oneOf('ClusterIP', 'NodePort', 'LoadBalancer'),
      clusterIP: oneOf('None'),
      externalTrafficPolicy: oneOf('Local', 'Cluster'),
      selector: labels,
      ports: list(message({ name, port, targetPort: port }, ['port'])),
      sessionAffinity: oneOf('None', 'ClientIP'),
      sessionAffinityConfig: message({ clientIP: message({ timeoutSeconds: whole(1, 86_400) }) }),
    },
    ['selector', 'ports'],
  ),
);

const probe = message(
  {
    httpGet: message({ path: matching(/^\//), port }, ['port']),
    periodSeconds: whole(1, 3_600),
    failureThreshold: whole(1, 100),
    timeoutSeconds: whole(1, 3_600),
  },
  ['httpGet'],
);

const container = message(
  {
    name,
    image: text,
    ports: list(message({ name, containerPort: port }, ['containerPort'])),
    env: list(
      message(
        {
          name: matching(/^[A-Z][A-Z0-9_]*$/),
          value: text,
          valueFrom: message({ fieldRef: message({ fieldPath: text }, ['fieldPath']) }),
        },
        ['name'],
      ),
    ),
    readinessProbe: probe,
    lifecycle: message({ preStop: message({ exec: message({ command: list(text) }) }) }),
  },
  ['name', 'image'],
);

const statefulSet = object(
  'apps/v1',
  'StatefulSet',
  message(
    {
      serviceName: name,
      replicas: whole(0, 1_000),
      podManagementPolicy: oneOf('OrderedReady', 'Parallel'),
      selector: message({ matchLabels: labels }),
      template: message({
        metadata: message({ labels }),
        spec: message(
          { terminationGracePeriodSeconds: whole(0, 3_600), containers: list(container) },
          ['containers'],
        ),
      }),
    },
    ['serviceName', 'selector', 'template'],
  ),
);

const disruptionBudget = object(
  'policy/v1',
  'PodDisruptionBudget',
  message({ maxUnavailable: whole(0, 1_000), selector: message({ matchLabels: labels }) }),
);

const sessionPersistence = message({
  sessionName: matching(/^.{1,128}$/s),
  type: oneOf('Cookie', 'Header'),
  absoluteTimeout: gatewayDuration,
  idleTimeout: gatewayDuration,
  cookieConfig: message({ lifetimeType: oneOf('Permanent', 'Session') }),
});

const httpRoute = object(
  'gateway.networking.k8s.io/v1',
  'HTTPRoute',
  message({
    parentRefs: list(message({ name: text }, ['name'])),
    rules: list(
      message({ backendRefs: list(message({ name, port }, ['name'])), sessionPersistence }),
    ),
  }),
);

const KINDS: Readonly<Record<string, Shape>> = {
  Service: service,
  StatefulSet: statefulSet,
  PodDisruptionBudget: disruptionBudget,
  HTTPRoute: httpRoute,
};

const item: Shape = (value, path) => {
  const kind = isObject(value) ? String(value.kind) : '';
  return KINDS[kind]?.(value, `${path}<${kind}>`) ?? [`${path} is a ${kind}`];
};

const shape = message({ apiVersion: oneOf('v1'), kind: oneOf('List'), items: list(item) }, [
  ...['apiVersion', 'kind', 'items'],
]);

interface Item {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** Faults of a list of objects, those between them included. */
export function kubernetesFaults(objects: unknown): readonly string[] {
  const faults = shape(objects, 'list');
  if (faults.length > 0) return faults;
  const { items } = objects as { readonly items: readonly Item[] };
  const services = items.filter(({ kind }) => kind === 'Service').map((each) => each.metadata.name);
  const written = JSON.stringify(items);
  const named = [
    ...written.matchAll(/"serviceName":"([^"]*)"/g),
    ...written.matchAll(/"backendRefs":\[\{"name":"([^"]*)"/g),
  ];
  return named
    .filter(([, service = '']) => !services.includes(service))
    .map(([, service]) => `Service ${service} is named and not there`);
}
