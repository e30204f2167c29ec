// @ts-check
// One seed, with everything that is to be known of it.
import { writeFileSync } from 'node:fs';
import { printViolations } from './print-violations.mjs';

/** @typedef {typeof import('../../packages/replication/dist/simulation/index.js')} Simulator */
/** @typedef {import('../../packages/replication/dist/simulation/index.js').SimulationOptions} Options */

/**
 * @typedef {object} Wishes
 * @property {string} key
 * @property {string | undefined} html
 * @property {string | undefined} shrink
 * @property {boolean} trace
 */

/**
 * @param {Simulator} simulator
 * @param {Options} options
 * @param {Wishes} wishes
 * @returns {number} The exit code.
 */
export function runOne(simulator, options, { key, html, shrink: rule, trace }) {
  const { simulate, shrink, spaceTime, spaceTimePage } = simulator;
  const shrunk = rule === undefined ? undefined : shrink(options, rule);
  if (rule !== undefined && !shrunk) {
    console.log(`--profile ${options.profile} --seed ${options.seed} does not break ${rule}`);
    return 0;
  }
  const report = shrunk?.report ?? simulate({ ...options, trace: true });
  if (trace) for (const line of spaceTime(report.trace, key)) console.log(line);
  if (html !== undefined) {
    const title = `profile ${report.profile}, seed ${report.seed}`;
    writeFileSync(html, spaceTimePage(title, report.trace, key));
  }
  if (shrunk) {
    for (const fault of shrunk.faults) console.log(JSON.stringify(fault));
    console.log(`${shrunk.browsers} browsers for ${shrunk.untilMs} ms`);
  }
  const found = [...report.violations, ...report.gaps];
  printViolations(
    report,
    found.filter((violation) => rule === undefined || violation.rule === rule),
  );
  return report.violations.length > 0 ? 1 : 0;
}
