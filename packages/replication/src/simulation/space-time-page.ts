import { nodesIn } from './space-time.js';
import type { TraceEntry } from './trace.js';

const LEFT = 90;
const COLUMN = 120;
const ROW = 16;

/** The same picture as a page that needs nothing else: time runs down, one row per entry. */
export function spaceTimePage(title: string, trace: readonly TraceEntry[], part = ''): string {
  const nodes = nodesIn(trace);
  const entries = trace.filter(({ text }) => text.includes(part));
  const height = (entries.length + 3) * ROW;
  const width = LEFT + nodes.length * COLUMN + 900;
  const x = (node: string): number => LEFT + nodes.indexOf(node) * COLUMN;
  const lines = nodes.map(
    (node) =>
      `<text x="${x(node) - 8}" y="14" class="node">${escapeText(node)}</text>` +
      `<line x1="${x(node)}" y1="20" x2="${x(node)}" y2="${height}" class="life"/>`,
  );
  entries.forEach((entry, index) => {
    lines.push(drawEntry(entry, (index + 2) * ROW, rowAt(entries, entry, index), x, nodes));
  });
  return `<!doctype html><meta charset="utf-8"><title>${escapeText(title)}</title>
<style>text{font:12px monospace}.node{font-weight:bold}.life{stroke:#bbb}.arrow{stroke:#36c;marker-end:url(#tip)}.fault{fill:#c22}</style>
<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#36c"/></marker></defs>
${lines.join('\n')}
</svg>
`;
}

/** Where a message was sent, among the rows: the first that is not before that time. */
function rowAt(entries: readonly TraceEntry[], entry: TraceEntry, index: number): number {
  if (!entry.from) return (index + 2) * ROW;
  let row = index;
  while (row > 0 && (entries[row - 1]?.atMs ?? 0) >= entry.from.atMs) row--;
  return (row + 2) * ROW;
}

function drawEntry(
  entry: TraceEntry,
  y: number,
  sentY: number,
  x: (node: string) => number,
  nodes: readonly string[],
): string {
  const { where, text, from, atMs } = entry;
  const textX = LEFT + nodes.length * COLUMN;
  const time = `<text x="0" y="${y + 4}">${atMs.toFixed(3)}</text>`;
  const isFault = where === 'fault';
  const label = `<text x="${textX}" y="${y + 4}"${isFault ? ' class="fault"' : ''}>${escapeText(isFault ? text : `${where}: ${text}`)}</text>`;
  if (isFault) return time + label;
  const mark = from
    ? `<line x1="${x(from.node)}" y1="${sentY}" x2="${x(where)}" y2="${y}" class="arrow"/>`
    : `<circle cx="${x(where)}" cy="${y}" r="3"/>`;
  return time + mark + label;
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
