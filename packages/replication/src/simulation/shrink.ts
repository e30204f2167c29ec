import type { Fault } from './faults.js';
import { type SimulationOptions, type SimulationReport, simulate } from './simulate.js';

export interface ShrunkFailure {
  readonly report: SimulationReport;
  readonly faults: readonly Fault[];
  readonly browsers: number;
}

/**
 * Looks for the smallest run of a seed that still breaks the rule: faults are left out one by one,
 * then browsers. What is left is drawn from streams of its own and stays as it was.
 *
 * @param rule The name of the broken rule, as in the report.
 */
export function shrink(options: SimulationOptions, rule: string): ShrunkFailure | undefined {
  const breaks = (report: SimulationReport): boolean =>
    [...report.violations, ...report.gaps].some((violation) => violation.rule === rule);
  let report = simulate(options);
  if (!breaks(report)) return undefined;
  let { faults, browsers } = report;
  let smaller = true;
  while (smaller) {
    smaller = false;
    for (const fault of faults) {
      const without = faults.filter((other) => other !== fault);
      const attempt = simulate({ ...options, browsers, faults: without });
      if (!breaks(attempt)) continue;
      report = attempt;
      faults = without;
      smaller = true;
      break;
    }
  }
  for (let fewer = 1; fewer < browsers; fewer++) {
    const attempt = simulate({ ...options, browsers: fewer, faults });
    if (!breaks(attempt)) continue;
    report = attempt;
    browsers = fewer;
    break;
  }
  report = simulate({ ...options, browsers, faults, trace: true });
  return { report, faults, browsers };
}
