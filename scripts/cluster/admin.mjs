// @ts-check
import { HEALTH_REQUEST_MS } from './limits.mjs';

/**
 * What the balancer's `GET /api/cluster` answers; see docs/http.md.
 *
 * @typedef {object} ClusterNode
 * @property {string} id
 * @property {string} label
 * @property {number} pid
 * @property {string} url
 * @property {string} state
 * @property {number} sessionsOwned
 * @property {number} sessionsHeld
 *
 * @typedef {{ nodes: ClusterNode[], failovers: unknown[] }} ClusterView
 */

/**
 * @param {string} adminUrl
 * @param {string} [token]
 * @returns {Promise<ClusterView>}
 */
export async function readCluster(adminUrl, token) {
  const response = await fetch(`${adminUrl}/api/cluster`, shown(token));
  if (!response.ok) throw new Error(`GET /api/cluster answered ${response.status}`);
  return /** @type {ClusterView} */ (await response.json());
}

/**
 * @param {string} adminUrl
 * @param {string} [token]
 * @returns {Promise<string>} The balancer's metrics, in Prometheus's text format.
 */
export async function readMetrics(adminUrl, token) {
  const response = await fetch(`${adminUrl}/metrics`, shown(token));
  if (!response.ok) throw new Error(`GET /metrics answered ${response.status}`);
  return await response.text();
}

/**
 * Asks a node to hand its sessions over and to take no new ones; resolves when it has been told.
 *
 * @param {string} adminUrl
 * @param {string} id  Of the node.
 * @param {string} [token]
 * @returns {Promise<void>}
 */
export async function requestDrain(adminUrl, id, token) {
  const { signal, headers } = shown(token);
  const response = await fetch(`${adminUrl}/api/nodes/${encodeURIComponent(id)}/drain`, {
    method: 'POST',
    signal,
    headers: { ...headers, 'Content-Type': 'application/json' },
  });
  if (!response.ok) throw new Error(`POST /api/nodes/${id}/drain answered ${response.status}`);
}

/** @param {string | undefined} token */
function shown(token) {
  return {
    signal: AbortSignal.timeout(HEALTH_REQUEST_MS),
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  };
}

/**
 * @param {string} url  Of a shop or a balancer.
 * @returns {Promise<boolean>} True when it takes requests.
 */
export async function isHealthy(url) {
  const response = await fetch(`${url}/healthz`, {
    signal: AbortSignal.timeout(HEALTH_REQUEST_MS),
  });
  await response.body?.cancel();
  return response.ok;
}

/**
 * @param {ClusterView} view
 * @param {readonly { id: string, pid: number }[]} expected
 * @returns {boolean} True when the balancer routes to exactly these processes. The pid tells a
 *   restarted shop from its former life.
 */
export function showsExactly(view, expected) {
  const active = view.nodes.filter((node) => node.state === 'active');
  return (
    active.length === expected.length &&
    expected.every(({ id, pid }) => active.some((node) => node.id === id && node.pid === pid))
  );
}
