import type { Histogram } from './histogram.js';

/** Prometheus's text format, family by family; each ends with a line feed. */
export type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

export function tally(entries: Iterable<readonly [string, number]>, label: string): Sample[] {
  return [...entries].map(([name, value]): Sample => [{ [label]: name }, value]);
}

export function counter(name: string, help: string, samples: readonly Sample[]): string {
  return family(`${name}_total`, help, 'counter', samples);
}

export function gauge(name: string, help: string, samples: readonly Sample[]): string {
  return family(name, help, 'gauge', samples);
}

export function histogram(name: string, help: string, durations: Histogram): string {
  return histograms(name, help, [[{}, durations]]);
}

/** One family of a histogram for each set of labels. */
export function histograms(
  name: string,
  help: string,
  series: readonly (readonly [labels: Sample[0], durations: Histogram])[],
): string {
  const full = `understudy_balancer_${name}`;
  const lines = series.flatMap(([labels, durations]) => [
    ...durations.cumulative().map((bucket) => {
      const le = String(bucket.boundMs / 1000);
      return `${full}_bucket${labelSet({ ...labels, le })} ${bucket.count}`;
    }),
    `${full}_bucket${labelSet({ ...labels, le: '+Inf' })} ${durations.count}`,
    `${full}_sum${labelSet(labels)} ${durations.sumMs / 1000}`,
    `${full}_count${labelSet(labels)} ${durations.count}`,
  ]);
  return `${[`# HELP ${full} ${help}`, `# TYPE ${full} histogram`, ...lines].join('\n')}\n`;
}

function family(name: string, help: string, type: string, samples: readonly Sample[]): string {
  const full = `understudy_balancer_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labelSet(labels)} ${value}`);
  return `${[`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines].join('\n')}\n`;
}

function labelSet(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeValue(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
