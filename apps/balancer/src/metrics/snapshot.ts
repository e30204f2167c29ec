import { Histogram, type HistogramCounts } from './histogram.js';
import { Tally } from './tally.js';

/** The counts of an object with numbers, tallies and histograms, as they go between processes. */
export type CountsSnapshot = Readonly<
  Record<string, number | ReadonlyMap<string, number> | HistogramCounts>
>;

export function snapshotOf(counts: object): CountsSnapshot {
  const snapshot: Record<string, CountsSnapshot[string]> = {};
  for (const [name, value] of Object.entries(counts)) {
    if (typeof value === 'number') snapshot[name] = value;
    else if (value instanceof Tally) snapshot[name] = new Map(value.entries());
    else if (value instanceof Histogram) snapshot[name] = value.counts();
  }
  return snapshot;
}

/** Adds to an object of the same kind; what either does not know is left out. */
export function addCounts(target: object, snapshot: CountsSnapshot): void {
  const fields = target as Record<string, unknown>;
  for (const [name, value] of Object.entries(snapshot)) {
    const own = fields[name];
    if (typeof own === 'number' && typeof value === 'number') fields[name] = own + value;
    else if (own instanceof Tally && value instanceof Map) {
      for (const [label, count] of value) own.add(label, count);
    } else if (own instanceof Histogram && typeof value === 'object' && 'sumMs' in value) {
      own.addCounts(value);
    }
  }
}
