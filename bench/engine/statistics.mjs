// @ts-check

/**
 * @param {readonly number[]} values
 * @returns {number} By nearest rank, the lower of two in the middle; NaN of nothing.
 */
export function median(values) {
  return quantile(Float64Array.from(values).sort(), 0.5);
}

/**
 * @param {Float64Array} sorted  In rising order.
 * @param {number} share  0.99 for the 99th percentile.
 * @returns {number} By nearest rank; NaN of nothing.
 */
export function quantile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/**
 * @typedef {object} Latencies
 * @property {number} count
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {number} maxMs
 *
 * @param {readonly number[]} samplesMs
 * @returns {Latencies}
 */
export function summarize(samplesMs) {
  const sorted = Float64Array.from(samplesMs).sort();
  return {
    count: sorted.length,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    maxMs: quantile(sorted, 1),
  };
}

/**
 * @template T
 * @param {readonly T[]} rounds
 * @param {(round: T) => number} pick
 * @returns {number}
 */
export function medianOf(rounds, pick) {
  return median(rounds.map(pick));
}
