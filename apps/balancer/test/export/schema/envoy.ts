import {
  flag,
  isObject,
  list,
  mapOf,
  matching,
  message,
  oneOf,
  oneOfFields,
  type Shape,
  text,
  whole,
} from './shape.js';

/*
 * What Envoy's API has of the messages that we write: names of fields, what is required, ranges. Envoy
 * refuses to start with a field that it does not know. Source: its v3 API (`api/envoy/**` of the
 * repository, with the `validate.rules` there).
 */

/** Of protobuf's JSON: seconds with up to nine places. */
const duration = matching(/^\d+(?:[.]\d{1,9})?s$/);
/** RE2 has neither references back nor looks around. */
const regex: Shape = (value, path) =>
  typeof value !== 'string' || /\(\?[=!<]|\\[1-9]/.test(value) ? [`${path} is not for RE2`] : [];
const safeRegex = message({ regex }, ['regex']);
const header = matching(/^[A-Za-z0-9-]+$/);
const port = whole(0, 65_535);

const address = message(
  {
    socket_address: message({ address: text, port_value: port }, ['address', 'port_value']),
  },
  ['socket_address'],
);

/** A name for people, and the message that says by its type what it is. */
function typed(types: Readonly<Record<string, Shape>>): Shape {
  return (value, path) => {
    if (!isObject(value) || !isObject(value.typed_config)) return [`${path} has no typed_config`];
    const { '@type': type, ...fields } = value.typed_config;
    const name = String(type).replace('type.googleapis.com/', '');
    const shape = Object.hasOwn(types, name) ? types[name] : undefined;
    return [
      ...text(value.name, `${path}.name`),
      ...(shape?.(fields, `${path}<${name}>`) ?? [`${path} is a ${name}`]),
    ];
  };
}

const headerToMetadata = message({
  request_rules: list(
    message(
      {
        header: matching(/^[a-z0-9-]+$/),
        on_header_present: message(
          {
            metadata_namespace: text,
            key: text,
            type: oneOf('STRING', 'NUMBER', 'PROTOBUF_VALUE'),
            regex_value_rewrite: message({ pattern: safeRegex, substitution: text }, [
              'pattern',
              'substitution',
            ]),
          },
          ['key'],
        ),
        remove: flag,
      },
      ['header'],
    ),
  ),
});

const statefulSession = message(
  {
    session_state: typed({
      'envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState': message(
        { cookie: message({ name: text, path: text, ttl: duration }, ['name']) },
        ['cookie'],
      ),
    }),
  },
  ['session_state'],
);

const stringMatch = message({ safe_regex: safeRegex }, ['safe_regex']);

const hashPolicy = oneOfFields({
  header: message({ header_name: header }, ['header_name']),
  cookie: message({ name: text }, ['name']),
  query_parameter: message({ name: text }, ['name']),
  connection_properties: message({ source_ip: flag }),
});

const retryPolicy = message({
  retry_on: matching(/^[a-z0-9-]+(?:,[a-z0-9-]+)*$/),
  num_retries: whole(0, 100),
  retry_host_predicate: list(
    typed({
      'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate': message({}),
    }),
  ),
});

const route = message(
  {
    match: message(
      {
        prefix: text,
        headers: list(message({ name: header, string_match: stringMatch }, ['name'])),
        query_parameters: list(message({ name: text, string_match: stringMatch }, ['name'])),
      },
      ['prefix'],
    ),
    route: message(
      {
        cluster: text,
        timeout: duration,
        hash_policy: list(hashPolicy),
        retry_policy: retryPolicy,
      },
      ['cluster'],
    ),
  },
  ['match', 'route'],
);

const connectionManager = message(
  {
    stat_prefix: text,
    use_remote_address: flag,
    request_headers_timeout: duration,
    upgrade_configs: list(message({ upgrade_type: text })),
    http_filters: list(
      typed({
        'envoy.extensions.filters.http.header_to_metadata.v3.Config': headerToMetadata,
        'envoy.extensions.filters.http.stateful_session.v3.StatefulSession': statefulSession,
        'envoy.extensions.filters.http.router.v3.Router': message({}),
      }),
    ),
    route_config: message({
      name: text,
      virtual_hosts: list(
        message(
          {
            name: text,
            domains: list(text),
            routes: list(route),
            request_headers_to_remove: list(header),
            response_headers_to_remove: list(header),
          },
          ['name', 'domains'],
        ),
      ),
    }),
  },
  ['stat_prefix', 'http_filters', 'route_config'],
);

const healthCheck = oneOfFields(
  { http_health_check: message({ path: matching(/^\//) }, ['path']) },
  {
    timeout: duration,
    interval: duration,
    unhealthy_threshold: whole(1, 100),
    healthy_threshold: whole(1, 100),
  },
  ['timeout', 'interval', 'unhealthy_threshold', 'healthy_threshold'],
);

const endpoint = message(
  {
    endpoint: message({ address }, ['address']),
    load_balancing_weight: whole(1, 2 ** 32 - 1),
    metadata: message({ filter_metadata: mapOf(mapOf(text)) }),
  },
  ['endpoint'],
);

const subsetFallback = oneOf('NO_FALLBACK', 'ANY_ENDPOINT', 'DEFAULT_SUBSET');

const cluster = message(
  {
    name: text,
    type: oneOf('STATIC', 'STRICT_DNS', 'LOGICAL_DNS'),
    connect_timeout: duration,
    lb_policy: oneOf('ROUND_ROBIN', 'LEAST_REQUEST', 'RING_HASH', 'RANDOM', 'MAGLEV'),
    least_request_lb_config: message({ choice_count: whole(2, 2 ** 32 - 1) }),
    lb_subset_config: message({
      fallback_policy: subsetFallback,
      subset_selectors: list(message({ keys: list(text), fallback_policy: subsetFallback })),
    }),
    common_lb_config: message({
      consistent_hashing_lb_config: message({ hash_balance_factor: whole(100, 2 ** 32 - 1) }),
    }),
    health_checks: list(healthCheck),
    load_assignment: message(
      {
        cluster_name: text,
        endpoints: list(message({ lb_endpoints: list(endpoint) })),
      },
      ['cluster_name'],
    ),
  },
  ['name', 'type', 'load_assignment'],
);

const listener = message(
  {
    name: text,
    address,
    filter_chains: list(
      message({
        filters: list(
          typed({
            'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager':
              connectionManager,
          }),
        ),
      }),
    ),
  },
  ['address'],
);

const shape = message(
  { static_resources: message({ listeners: list(listener), clusters: list(cluster) }) },
  ['static_resources'],
);

/** Faults of a bootstrap configuration, those between its parts included. */
export function envoyFaults(bootstrap: unknown): readonly string[] {
  const faults = shape(bootstrap, 'bootstrap');
  return faults.length > 0 ? faults : danglingClusters(bootstrap);
}

function danglingClusters(bootstrap: unknown): string[] {
  const { static_resources: parts } = bootstrap as {
    readonly static_resources: { readonly clusters: { readonly name: string }[] };
  };
  const known = parts.clusters.map(({ name }) => name);
  const named = [...JSON.stringify(parts).matchAll(/"cluster":"([^"]*)"/g)];
  return named
    .filter(([, name = '']) => !known.includes(name))
    .map(([, name]) => `cluster ${name} is named and not there`);
}
