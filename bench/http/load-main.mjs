// @ts-check
// The clients, in a process of their own. Ends with its parent, the runner.
import { summarize } from '../engine/statistics.mjs';
import { serveCommands } from '../serve-commands.mjs';
import { KeepAliveClient } from './keep-alive-client.mjs';
import { Visitor } from './visitor.mjs';

/** How often the open loop looks what is due. */
const PACE_MS = 1;

/**
 * @typedef {{ port: number, method: string, path: string, connections: number, durationMs: number, perSecond?: number, bytes: number }} Wanted
 *
 * @typedef {import('../engine/statistics.mjs').Latencies & { seconds: number }} Measured
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
  for (const visitor of list) {
    if (isNew) await visitor.begin(client, bytes);
    else visitor.pretend();
  }
  visitors.set(`${port}/${bytes}`, list);
  client.close();
}

/**
 * Each connection serves visitors of its own, so that no session has two requests at a time: what
 * the peers lose then is not what is measured.
 *
 * @param {Wanted} wanted
 * @returns {Promise<Measured>}
 */
async function run(wanted) {
  const { port, connections, bytes } = wanted;
  const all = visitors.get(`${port}/${bytes}`) ?? [];
  const lines = Array.from({ length: connections }, (_, first) => ({
    client: new KeepAliveClient(port),
    visitors: all.filter((_visitor, index) => index % connections === first),
    next: 0,
  }));
  const startedMs = performance.now();
  const samples = await (wanted.perSecond === undefined ? closed : open)(lines, wanted);
  const seconds = (performance.now() - startedMs) / 1000;
  for (const { client } of lines) client.close();
  return { ...summarize(samples), seconds };
}

/** @typedef {{ client: KeepAliveClient, visitors: Visitor[], next: number }} Line */

/** @param {Line} line @param {Wanted} wanted */
function send(line, { method, path }) {
  const visitor = /** @type {Visitor} */ (line.visitors[line.next++ % line.visitors.length]);
  return visitor.send(line.client, method, path);
}

/**
 * As many requests as are answered, one after the other on each connection.
 *
 * @param {Line[]} lines
 * @param {Wanted} wanted
 */
async function closed(lines, wanted) {
  /** @type {number[]} */
  const samples = [];
  const untilMs = performance.now() + wanted.durationMs;
  const one = async (/** @type {Line} */ line) => {
    for (;;) {
      const sentMs = performance.now();
      if (sentMs >= untilMs) return;
      await send(line, wanted);
      samples.push(performance.now() - sentMs);
    }
  };
  await Promise.all(lines.map(one));
  return samples;
}

/**
 * So many requests a second, whether answers come or not; one that finds every connection taken
 * waits for the next that is free, and its waiting counts.
 *
 * @param {Line[]} lines
 * @param {Wanted} wanted
 */
async function open(lines, wanted) {
  const { durationMs, perSecond = 0 } = wanted;
  const total = Math.floor((perSecond * durationMs) / 1000);
  /** @type {number[]} */
  const samples = [];
  const free = [...lines];
  /** @type {number[]} */
  const waiting = [];
  const startedMs = performance.now();
  let sent = 0;
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
    const timer = setInterval(() => {
      const nowMs = performance.now();
      for (; sent < total && startedMs + (sent * 1000) / perSecond <= nowMs; sent++) {
        const line = free.shift();
        if (line) serve(line, nowMs);
        else waiting.push(nowMs);
      }
      if (sent === total) clearInterval(timer);
    }, PACE_MS);
  });
  return samples;
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
