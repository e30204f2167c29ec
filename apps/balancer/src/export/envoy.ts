import { HEALTH_PATH, INTERNAL_HEADER_PREFIX } from '../contract.js';
import type { Assignment } from '../routing/assignment.js';
import type { EdgeFleet, EdgeServer } from './edge-fleet.js';
import { affinityFilters, affinityRoutes, HASHED, METADATA, NODES } from './envoy-affinity.js';
import { extension } from './envoy-extension.js';
import { isHashed } from './verdicts.js';

/**
 * A bootstrap configuration for Envoy, as JSON, which Envoy takes as it takes YAML. Owners only: a
 * backup would take an external picker for `override_host`.
 */
export function renderEnvoy(fleet: EdgeFleet): string {
  const { listen } = fleet;
  const at = listen.lastIndexOf(':');
  const host = listen.slice(0, at).replace(/^\[|\]$/g, '');
  const bootstrap = {
    static_resources: {
      listeners: [
        {
          name: 'understudy',
          address: socketAddress(host === '*' ? '0.0.0.0' : host, Number(listen.slice(at + 1))),
          filter_chains: [{ filters: [connectionManager(fleet)] }],
        },
      ],
      clusters: clusters(fleet),
    },
  };
  return `${JSON.stringify(bootstrap, undefined, 2)}\n`;
}

function connectionManager(fleet: EdgeFleet): object {
  return extension(
    'envoy.filters.network.http_connection_manager',
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    {
      stat_prefix: 'understudy',
      use_remote_address: true,
      request_headers_timeout: '10s',
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      http_filters: [
        ...affinityFilters(fleet),
        extension(
          'envoy.filters.http.router',
          'envoy.extensions.filters.http.router.v3.Router',
          {},
        ),
      ],
      route_config: { name: 'understudy', virtual_hosts: [virtualHost(fleet)] },
    },
  );
}

function virtualHost(fleet: EdgeFleet): object {
  return {
    name: 'understudy',
    domains: ['*'],
    request_headers_to_remove: [`${INTERNAL_HEADER_PREFIX}failed-node`],
    response_headers_to_remove: [`${INTERNAL_HEADER_PREFIX}not-mine`],
    routes: affinityRoutes(fleet).map(({ match, route }) => ({
      match: { prefix: '/', ...match },
      route: {
        ...route,
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
    })),
  };
}

function clusters({ nodes, affinity, assignment, boundedLoad }: EdgeFleet): object[] {
  const subsets = {
    lb_subset_config: {
      fallback_policy: 'ANY_ENDPOINT',
      subset_selectors: [{ keys: ['node'], fallback_policy: 'ANY_ENDPOINT' }],
    },
  };
  const all = [cluster(NODES, { ...balance(assignment, nodes.length), ...subsets }, nodes)];
  if (affinity.some(isHashed) || assignment === 'hash') {
    const factor = Math.round(boundedLoad.factor * 100);
    const bounds = { consistent_hashing_lb_config: { hash_balance_factor: factor } };
    all.push(cluster(HASHED, { lb_policy: 'RING_HASH', common_lb_config: bounds }, nodes));
  }
  return all;
}

/** With `hash` this is for named nodes alone, whose others are chosen by load. */
function balance(assignment: Assignment, nodeCount: number): object {
  if (assignment === 'round-robin') return { lb_policy: 'ROUND_ROBIN' };
  const choices = assignment === 'least-connections' ? Math.max(2, nodeCount) : 2;
  return { lb_policy: 'LEAST_REQUEST', least_request_lb_config: { choice_count: choices } };
}

function cluster(name: string, choice: object, nodes: readonly EdgeServer[]): object {
  return {
    name,
    type: 'STRICT_DNS',
    connect_timeout: '1s',
    ...choice,
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
      cluster_name: name,
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
