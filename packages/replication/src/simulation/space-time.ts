import type { TraceEntry } from './trace.js';

const COLUMN = 6;

/**
 * The trace as a picture: a column per node, an arrow from sender to receiver where a message
 * arrives, and what happened beside it.
 *
 * @param part Only entries that contain it: the first letters of a key.
 */
export function* spaceTime(trace: readonly TraceEntry[], part = ''): Generator<string> {
  const nodes = nodesIn(trace);
  yield `${' '.repeat(12)}${nodes.map((node) => node.padEnd(COLUMN)).join('')}`;
  for (const entry of trace) {
    if (!entry.text.includes(part)) continue;
    const time = entry.atMs.toFixed(3).padStart(11);
    yield `${time} ${drawRow(nodes, entry)} ${describe(entry)}`;
  }
}

export function nodesIn(trace: readonly TraceEntry[]): string[] {
  const nodes = new Set<string>();
  for (const { where } of trace) if (where !== 'fault') nodes.add(where);
  return [...nodes].sort();
}

function describe({ atMs, text, from }: TraceEntry): string {
  return from ? `${text} (${(atMs - from.atMs).toFixed(1)} ms)` : text;
}

function drawRow(nodes: readonly string[], { where, from }: TraceEntry): string {
  const row: string[] = [];
  const at = nodes.indexOf(where);
  const start = from ? nodes.indexOf(from.node) : at;
  const left = Math.min(at, start) * COLUMN;
  const right = Math.max(at, start) * COLUMN;
  for (let place = 0; place < nodes.length * COLUMN; place++) {
    const isColumn = place % COLUMN === 0;
    const isBetween = at !== -1 && place > left && place < right;
    row.push(isBetween ? '-' : isColumn ? '|' : ' ');
  }
  if (where === 'fault') return row.join('').replaceAll('|', '!');
  row[at * COLUMN] = '*';
  if (from && start !== -1 && start !== at) {
    row[start * COLUMN] = 'o';
    row[at * COLUMN + (start < at ? -1 : 1)] = start < at ? '>' : '<';
  }
  return row.join('');
}
