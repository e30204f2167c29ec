// @ts-check

/** Upper edges in ms, the last one open; fine around what a failover may cost. */
const EDGES_MS = [5, 10, 20, 30, 40, 50, 60, 80, 100, 150, 250, 500, 1_000, 2_500, 5_000, 10_000];

const BAR_WIDTH = 40;

/**
 * @param {readonly number[]} durationsMs
 * @param {readonly number[]} [edgesMs]
 * @returns {{ label: string, count: number }[]} From the fastest to the slowest that occurred.
 */
export function bucketDurations(durationsMs, edgesMs = EDGES_MS) {
  const counts = new Array(edgesMs.length + 1).fill(0);
  for (const duration of durationsMs) {
    const index = edgesMs.findIndex((edge) => duration <= edge);
    counts[index === -1 ? edgesMs.length : index] += 1;
  }
  const label = (/** @type {number} */ index) =>
    index < edgesMs.length ? `<= ${edgesMs[index]} ms` : `> ${edgesMs.at(-1)} ms`;
  const last = counts.findLastIndex((count) => count > 0);
  return counts.slice(0, last + 1).map((count, index) => ({ label: label(index), count }));
}

/**
 * @param {readonly number[]} durationsMs
 * @returns {string} One line for each bucket, with a bar.
 */
export function drawHistogram(durationsMs) {
  return drawBuckets(bucketDurations(durationsMs));
}

/**
 * @param {readonly { label: string, count: number }[]} buckets
 * @returns {string} One line for each, with a bar.
 */
export function drawBuckets(buckets) {
  const most = Math.max(1, ...buckets.map(({ count }) => count));
  return buckets
    .map(({ label, count }) => {
      const bar = '#'.repeat(Math.ceil((count / most) * BAR_WIDTH));
      return `  ${label.padStart(11)} ${String(count).padStart(7)} ${bar}`.trimEnd();
    })
    .join('\n');
}

/**
 * @param {readonly number[]} durationsMs
 * @param {number} share  0.5 for the median.
 * @returns {number} By nearest rank; 0 of nothing.
 */
export function percentile(durationsMs, share) {
  const sorted = [...durationsMs].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
