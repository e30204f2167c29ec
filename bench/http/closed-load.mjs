// @ts-check
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runWrk } from '../run-wrk.mjs';

/** @typedef {import('./load-main.mjs').Wanted} Wanted */
/** @typedef {import('./load-main.mjs').Measured} Measured */
/** @typedef {import('./visitor.mjs').Visitor} Visitor */

const SCRIPT = fileURLToPath(new URL('closed-load.lua', import.meta.url));

/**
 * As many requests as are answered, one after the other on each connection; no visitor has two under
 * way at a time, so what the peers lose then is not measured. By wrk: clients written in Node took as
 * much of the processors as the applications they measured.
 *
 * @param {readonly Visitor[]} visitors  Learn their new cookies, and what they were answered.
 * @param {Wanted} wanted  `durationMs` in whole seconds.
 * @returns {Promise<Measured>}
 * @throws {Error} When one answer was not 200, or none came.
 */
export async function closedLoad(visitors, wanted) {
  const { port, connections, durationMs } = wanted;
  const folder = await mkdtemp(join(tmpdir(), 'closed-load-'));
  try {
    const state = join(folder, 'state.lua');
    const result = join(folder, 'result');
    await writeFile(state, describe(visitors, wanted));
    await runWrk(durationMs / 1000, [
      ...['-t1', `-c${connections}`, '-s', SCRIPT],
      ...[`http://127.0.0.1:${port}/`, '--', state, result],
    ]);
    return readResult(await readFile(result, 'latin1'), visitors, wanted);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {readonly Visitor[]} visitors @param {Wanted} wanted */
function describe(visitors, { method, path }) {
  const length = method === 'POST' ? 'Content-Length: 0\r\n' : '';
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${length}`;
  const heads = visitors.map(({ field }) => JSON.stringify(`${field}\r\n`));
  const named = path === '/plain' ? 'false' : 'true';
  return `return { named = ${named}, head = ${JSON.stringify(head)}, visitors = {\n${heads.join(',\n')}\n} }\n`;
}

/**
 * @param {string} text
 * @param {readonly Visitor[]} visitors
 * @param {Wanted} wanted
 * @returns {Measured}
 */
function readResult(text, visitors, { path }) {
  const [count, durationUs, p50Us, p99Us, errors, failure, ...rows] = text.split('\n');
  if (failure) throw new Error(`${path} was answered ${failure}`);
  if (errors !== '0') throw new Error(`${path}: ${errors} connections failed or had no answer`);
  for (const [index, visitor] of visitors.entries()) {
    const [answered, cookie] = (rows[index] ?? '').split(' ');
    if (path === '/write') visitor.answered += Number(answered);
    if (cookie) visitor.keep([cookie]);
  }
  return {
    count: Number(count),
    seconds: Number(durationUs) / 1e6,
    p50Ms: Number(p50Us) / 1000,
    p99Ms: Number(p99Us) / 1000,
  };
}
