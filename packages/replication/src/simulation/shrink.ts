import type { Fault } from './faults.js';
import { type SimulationOptions, type SimulationReport, simulate } from './simulate.js';

export interface ShrunkFailure {
  readonly report: SimulationReport;
  readonly faults: readonly Fault[];
  readonly browsers: number;
  readonly untilMs: number;
}

interface Shape {
  readonly faults: readonly Fault[];
  readonly browsers: number;
  readonly untilMs: number;
}

/** Runs that are tried at most; what is left then is small enough to be read. */
const MOST_RUNS = 200;

/**
 * Looks for the smallest run of a seed that still breaks the rule: faults are left out, halves of
 * them first, then clients stop earlier, then there are fewer of them. What is left is drawn from
 * streams of its own and stays as it was.
 *
 * @param rule The name of the broken rule, as in the report.
 */
export function shrink(options: SimulationOptions, rule: string): ShrunkFailure | undefined {
  let runs = 0;
  const breaks = (shape: Shape): boolean => {
    if (++runs > MOST_RUNS) return false;
    return brokenBy(simulate({ ...options, ...shape }), rule);
  };
  const whole = simulate(options);
  if (!brokenBy(whole, rule)) return undefined;
  let { faults, browsers, untilMs } = whole;
  // As they happened, not as they were planned: a crash that waited for a message has its time.
  if (!breaks({ faults, browsers, untilMs })) return finish(options, whole);
  faults = fewer(faults, (left) => breaks({ faults: left, browsers, untilMs }));
  for (let earlierMs = 3000; earlierMs < untilMs; earlierMs += 3000) {
    if (breaks({ faults, browsers, untilMs: earlierMs })) untilMs = earlierMs;
  }
  for (let less = 1; less < browsers; less++) {
    if (breaks({ faults, browsers: less, untilMs })) browsers = less;
  }
  faults = fewer(faults, (left) => breaks({ faults: left, browsers, untilMs }));
  const report = simulate({ ...options, faults, browsers, untilMs, trace: true });
  return { report, faults, browsers, untilMs };
}

function brokenBy(report: SimulationReport, rule: string): boolean {
  return [...report.violations, ...report.gaps].some((violation) => violation.rule === rule);
}

/** Nothing can be left out: the run as it was, with its trace. */
function finish(options: SimulationOptions, whole: SimulationReport): ShrunkFailure {
  const { faults, browsers, untilMs } = whole;
  return { report: simulate({ ...options, trace: true }), faults, browsers, untilMs };
}

/** Delta debugging: leaves out as much as it can, in ever smaller pieces. */
function fewer(faults: readonly Fault[], breaks: (left: readonly Fault[]) => boolean) {
  let left = faults;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let start = 0; start < left.length; ) {
      const without = [...left.slice(0, start), ...left.slice(start + size)];
      if (breaks(without)) left = without;
      else start += size;
    }
  }
  return left;
}
