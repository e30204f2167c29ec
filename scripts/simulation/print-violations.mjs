// @ts-check

/** @typedef {import('../../packages/replication/dist/simulation/index.js').SimulationReport} Report */
/** @typedef {import('../../packages/replication/dist/simulation/index.js').Violation} Violation */

/**
 * @param {Report} report
 * @param {readonly Violation[]} violations
 */
export function printViolations({ profile, seed }, violations) {
  for (const { rule, atMs, key, text } of violations) {
    const where = key === undefined ? '' : ` ${key.slice(0, 6)}`;
    console.log(
      `--profile ${profile} --seed ${seed}: ${rule} at ${atMs.toFixed(1)}${where}: ${text}`,
    );
  }
}
