// @ts-check
// Clean seeds of many runs added up, per state of the engine: docs/simulation-report.json.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ROOT } from '../cluster/paths.mjs';

/**
 * @typedef {object} Entry
 * @property {string} engine Hash of the sources of core, codec and placement.
 * @property {string} commit Of the last run that added to it.
 * @property {string} at When that was, in UTC.
 * @property {Record<string, number>} seeds By profile: seeds 1 to N were run.
 * @property {number} clean Runs without a violation.
 * @property {number} failed
 * @property {Record<string, string>} [failures] Which ones, as `profile seed`, and the rule that broke.
 * @property {Record<string, string>} [judgedAgain] Failed once, and run again when the checker, which is not part of the engine, was mended.
 * @property {number} events
 */

/**
 * @param {string} path
 * @returns {Entry[]} Newest last.
 */
export function readLedger(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).engines : [];
}

/**
 * @param {string} path
 * @param {Entry} entry Replaces the one of the same engine.
 */
export function writeLedger(path, entry) {
  const engines = [...readLedger(path).filter(({ engine }) => engine !== entry.engine), entry];
  writeFileSync(path, `${JSON.stringify({ engines }, undefined, 2)}\n`);
}

/**
 * A failed seed that is clean now, of the same engine: what was mended is the checker.
 *
 * @param {Entry} entry
 * @param {string} seed As `profile seed`.
 * @returns {Entry}
 */
export function judgedAgain(entry, seed) {
  const { [seed]: rule = '', ...failures } = entry.failures ?? {};
  return {
    ...entry,
    commit: describeCommit(),
    clean: entry.clean + 1,
    failed: entry.failed - 1,
    failures,
    judgedAgain: { ...entry.judgedAgain, [seed]: rule },
  };
}

/** @returns {string} The commit, with `+` when the sources differ from it. */
export function describeCommit() {
  /** @param {readonly string[]} args */
  const git = (args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  try {
    const changed = git(['status', '--porcelain', '--', 'packages/replication/src']) !== '';
    return `${git(['rev-parse', '--short=12', 'HEAD'])}${changed ? '+' : ''}`;
  } catch {
    return 'unknown';
  }
}
