// @ts-check
// The clients, in a process of their own. Ends with its parent, the runner.
import { summarize } from '../engine/statistics.mjs';
import { paceEvenly } from '../even-pace.mjs';
import { serveCommands } from '../serve-commands.mjs';
import { closedLoad } from './closed-load.mjs';
import { KeepAliveClient } from './keep-alive-client.mjs';
import { Visitor } from './visitor.mjs';

/**
 * @typedef {{ port: number, method: string, path: string, connections: number, durationMs: number, perSecond?: number, bytes: number }} Wanted
 *
 * @typedef {{ count: number, seconds: number, p50Ms: number, p99Ms: number }} Measured
 */

/** Those of one application with sessions of one size. */
/** @type {Map<string, Visitor[]>} */
const visitors = new Map();

/** @type {Record<string, (argument: never) => Promise<unknown>>} */
const commands = { begin, run, ledger };

serveCommands(commands);
process.send?.('ready');

/** @param {{ port: number, count: number, bytes: number, isNew: boolean }} wanted */
async function begin({ port, count, bytes, isNew }) {
  const client = new KeepAliveClient(port);
  const list = Array.from({ length: count }, () => new Visitor());
  for (const [at, visitor] of list.entries()) {
    if (isNew) await visitor.begin(client, bytes, at);
    else visitor.pretend();
  }
  visitors.set(`${port}/${bytes}`, list);
  client.close();
}

/**
 * @param {Wanted} wanted
 * @returns {Promise<Measured>}
 */
function run(wanted) {
  const all = visitors.get(`${wanted.port}/${wanted.bytes}`) ?? [];
  return wanted.perSecond === undefined ? closedLoad(all, wanted) : openLoad(all, wanted);
}

/** @typedef {{ client: KeepAliveClient, visitors: Visitor[], next: number }} Line */

/** @param {Line} line @param {Wanted} wanted */
function send(line, { method, path }) {
  const visitor = /** @type {Visitor} */ (line.visitors[line.next++ % line.visitors.length]);
  return visitor.send(line.client, method, path);
}

/**
 * So many requests a second, whether answers come or not; one that finds every connection taken
 * waits for the next that is free, and its waiting counts. Each connection serves visitors of its own,
 * so that no session has two requests at a time.
 *
 * @param {readonly Visitor[]} all
 * @param {Wanted} wanted
 * @returns {Promise<Measured>}
 */
async function openLoad(all, wanted) {
  const { port, connections } = wanted;
  const lines = Array.from({ length: connections }, (_, first) => ({
    client: new KeepAliveClient(port),
    visitors: all.filter((_visitor, index) => index % connections === first),
    next: 0,
  }));
  const { samples, startedMs } = await paced(lines, wanted);
  const seconds = (performance.now() - startedMs) / 1000;
  for (const { client } of lines) client.close();
  const { count, p50Ms, p99Ms } = summarize(samples);
  return { count, seconds, p50Ms, p99Ms };
}

/**
 * @param {Line[]} lines
 * @param {Wanted} wanted
 * @returns {Promise<{ samples: number[], startedMs: number }>} Milliseconds from when each was due, and when
 *   the first was.
 */
async function paced(lines, wanted) {
  const { durationMs, perSecond = 0 } = wanted;
  const total = Math.floor((perSecond * durationMs) / 1000);
  /** @type {number[]} */
  const samples = [];
  const free = [...lines];
  /** @type {number[]} */
  const waiting = [];
  let startedMs = 0;
  await new Promise((/** @type {(value?: unknown) => void} */ resolve, reject) => {
    const serve = (/** @type {Line} */ line, /** @type {number} */ dueMs) => {
      send(line, wanted).then(() => {
        samples.push(performance.now() - dueMs);
        const next = waiting.shift();
        if (next !== undefined) serve(line, next);
        else free.push(line);
        if (samples.length === total) resolve();
      }, reject);
    };
    startedMs = paceEvenly(perSecond, total, (dueMs) => {
      const line = free.shift();
      if (line) serve(line, dueMs);
      else waiting.push(dueMs);
    });
  });
  return { samples, startedMs };
}

/**
 * What each session counts by the word of the application, beside what was answered.
 *
 * @param {{ port: number, bytes: number }} wanted
 */
async function ledger({ port, bytes }) {
  const client = new KeepAliveClient(port);
  const rows = [];
  for (const visitor of visitors.get(`${port}/${bytes}`) ?? []) {
    const { visits } = JSON.parse(await visitor.send(client, 'GET', '/read'));
    rows.push({ key: visitor.key, answered: visitor.answered, found: visits });
  }
  client.close();
  return rows;
}
