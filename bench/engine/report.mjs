// @ts-check
import { cpus, loadavg, totalmem } from 'node:os';

/** @returns {string} What the figures depend on; the load tells whether others were at work. */
export function machineLine() {
  const [cpu] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return (
    `${cpus().length} x ${cpu?.model.trim() ?? 'unknown processor'}, ${gigabytes} GB, ` +
    `Node ${process.versions.node}, ${process.platform}; load ${loadLine()}`
  );
}

export function loadLine() {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(' ');
}

/**
 * Columns as wide as their widest cell; the first to the left, the others to the right.
 *
 * @param {readonly (readonly string[])[]} rows
 */
export function printTable(rows) {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`  ${cells.join('  ')}`);
  }
}

/** @param {number} ms */
export function inMs(ms) {
  return `${ms.toFixed(ms < 10 ? 3 : 1)} ms`;
}

/** @param {number} value */
export function whole(value) {
  return Math.round(value).toLocaleString('en-US').replaceAll(',', ' ');
}
