import { HEALTH_PATH, INTERNAL_HEADER_PREFIX } from '../contract.js';
import type { EdgeFleet, EdgeServer } from './edge-fleet.js';

/** Everything that Envoy may be told of one extension. */
function extension(name: string, type: string, more: object): object {
  return { name, typed_config: { '@type': `type.googleapis.com/${type}`, ...more } };
}

const METADATA = 'envoy.lb';
/** The owner in a Cookie field that may hold other cookies, too. */
const OWNER = '^(?:.*;[ ]*)?(?:__Host-)?sid-route=v1[.]([A-Za-z0-9_-]{1,32})[.].*$';

/**
 * A bootstrap configuration for Envoy, as JSON, which Envoy takes as it takes YAML. Owners only: a
 * backup would take an external picker for `override_host`.
 */
export function renderEnvoy({ nodes, listen }: EdgeFleet): string {
  const at = listen.lastIndexOf(':');
  const host = listen.slice(0, at).replace(/^\[|\]$/g, '');
  const bootstrap = {
    static_resources: {
      listeners: [
        {
          name: 'understudy',
          address: socketAddress(host === '*' ? '0.0.0.0' : host, Number(listen.slice(at + 1))),
          filter_chains: [{ filters: [connectionManager()] }],
        },
      ],
      clusters: [cluster(nodes)],
    },
  };
  return `${JSON.stringify(bootstrap, undefined, 2)}\n`;
}

function connectionManager(): object {
  return extension(
    'envoy.filters.network.http_connection_manager',
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    {
      stat_prefix: 'understudy',
      use_remote_address: true,
      request_headers_timeout: '10s',
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      http_filters: [
        extension(
          'envoy.filters.http.header_to_metadata',
          'envoy.extensions.filters.http.header_to_metadata.v3.Config',
          { request_rules: [ownerRule()] },
        ),
        extension(
          'envoy.filters.http.router',
          'envoy.extensions.filters.http.router.v3.Router',
          {},
        ),
      ],
      route_config: { name: 'understudy', virtual_hosts: [virtualHost()] },
    },
  );
}

function ownerRule(): object {
  return {
    header: 'cookie',
    on_header_present: {
      metadata_namespace: METADATA,
      key: 'node',
      type: 'STRING',
      regex_value_rewrite: { pattern: { regex: OWNER }, substitution: '\\1' },
    },
    remove: false,
  };
}

function virtualHost(): object {
  return {
    name: 'understudy',
    domains: ['*'],
    request_headers_to_remove: [`${INTERNAL_HEADER_PREFIX}failed-node`],
    response_headers_to_remove: [`${INTERNAL_HEADER_PREFIX}not-mine`],
    routes: [
      {
        match: { prefix: '/' },
        route: {
          cluster: 'understudy',
          timeout: '0s',
          // Nothing that may have run: Envoy does not look for an Idempotency-Key.
          retry_policy: {
            retry_on: 'connect-failure,refused-stream',
            num_retries: 3,
            retry_host_predicate: [
              extension(
                'envoy.retry_host_predicates.previous_hosts',
                'envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
                {},
              ),
            ],
          },
        },
      },
    ],
  };
}

function cluster(nodes: readonly EdgeServer[]): object {
  return {
    name: 'understudy',
    type: 'STRICT_DNS',
    connect_timeout: '1s',
    lb_policy: 'LEAST_REQUEST',
    lb_subset_config: {
      fallback_policy: 'ANY_ENDPOINT',
      subset_selectors: [{ keys: ['node'], fallback_policy: 'ANY_ENDPOINT' }],
    },
    health_checks: [
      {
        interval: '0.5s',
        timeout: '1s',
        unhealthy_threshold: 2,
        healthy_threshold: 1,
        http_health_check: { path: HEALTH_PATH },
      },
    ],
    load_assignment: {
      cluster_name: 'understudy',
      endpoints: [{ lb_endpoints: nodes.map(endpoint) }],
    },
  };
}

function endpoint({ label, host, port, weight }: EdgeServer): object {
  return {
    endpoint: { address: socketAddress(host, port) },
    load_balancing_weight: weight,
    metadata: { filter_metadata: { [METADATA]: { node: label } } },
  };
}

function socketAddress(address: string, port: number): object {
  return { socket_address: { address, port_value: port } };
}
