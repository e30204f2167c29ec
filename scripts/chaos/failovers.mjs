// @ts-check
import { drawBuckets } from './histogram.mjs';
import { FAILOVER_GOAL_MS } from './limits.mjs';

const BUCKET = /^understudy_balancer_failover_duration_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm;

/**
 * How long single requests waited because their node was gone: from its refusal, or its death under
 * them, until another node had answered. The balancer counts it.
 *
 * @param {string} metrics  Of the balancer, in Prometheus's text format.
 * @returns {{ edgeMs: number, count: number }[]} Not cumulative; the last edge is infinite.
 */
export function failoverBuckets(metrics) {
  let before = 0;
  return [...metrics.matchAll(BUCKET)].map(([, edge, cumulative]) => {
    const count = Number(cumulative) - before;
    before = Number(cumulative);
    return { edgeMs: edge === '+Inf' ? Number.POSITIVE_INFINITY : Number(edge) * 1_000, count };
  });
}

/**
 * @param {readonly { edgeMs: number, count: number }[]} buckets
 * @returns {string} A line with the figures, then the histogram.
 */
export function describeFailovers(buckets) {
  const count = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
  if (count === 0) return 'No request had to change its node.';
  const within = (/** @type {number} */ share) => {
    let seen = 0;
    const at = buckets.find((bucket) => {
      seen += bucket.count;
      return seen >= share * count;
    });
    return label(at?.edgeMs ?? Number.POSITIVE_INFINITY);
  };
  const inTime = buckets.reduce(
    (sum, bucket) => sum + (bucket.edgeMs <= FAILOVER_GOAL_MS ? bucket.count : 0),
    0,
  );
  const drawn = buckets.map(({ edgeMs, count }) => ({ label: label(edgeMs), count }));
  const last = drawn.findLastIndex((bucket) => bucket.count > 0);
  return [
    `${count} requests were refused by a dead node or lost with it; from then to the answer of ` +
      `another: median ${within(0.5)}, p99 ${within(0.99)}, ` +
      `${inTime} (${((100 * inTime) / count).toFixed(1)} %) within ${FAILOVER_GOAL_MS} ms`,
    drawBuckets(drawn.slice(0, last + 1)),
  ].join('\n');
}

/** @param {number} edgeMs */
function label(edgeMs) {
  return Number.isFinite(edgeMs) ? `<= ${Math.round(edgeMs)} ms` : 'longer';
}

const LANDED = /^understudy_balancer_failovers_total\{landed="(holder|other)"\} (\d+)$/gm;
const REROUTED = /^understudy_balancer_reroutes_total\{reason="([^"]+)"\} (\d+)$/gm;

/**
 * Where requests went whose session's owner had failed, and why others were not answered by theirs.
 *
 * @param {string} metrics  Of the balancer, in Prometheus's text format.
 * @returns {{ holder: number, other: number, reroutes: [reason: string, count: number][] }}
 */
export function landings(metrics) {
  const landed = new Map([...metrics.matchAll(LANDED)].map(([, where, n]) => [where, Number(n)]));
  return {
    holder: landed.get('holder') ?? 0,
    other: landed.get('other') ?? 0,
    reroutes: [...metrics.matchAll(REROUTED)].map(([, reason = '', n]) => [reason, Number(n)]),
  };
}

/** @param {ReturnType<typeof landings>} landings */
export function describeLandings({ holder, other, reroutes }) {
  const failovers = holder + other;
  const share = failovers === 0 ? '' : ` (${((100 * holder) / failovers).toFixed(2)} %)`;
  const reasons = reroutes.map(([reason, count]) => `${reason} ${count}`).join(', ');
  return (
    `${failovers} failovers, ${holder} to a node that held the session${share}; ` +
    `elsewhere without a failure: ${reasons || 'none'}`
  );
}
