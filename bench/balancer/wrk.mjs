// @ts-check
import { runWrk } from '../run-wrk.mjs';

const CONNECTIONS = 50;

/** As a browser sends it; about 330 bytes with what wrk adds. */
export const COOKIES = [
  'sid=3Rk0m1c1h3mZbP0o2sVb1Y3cPp3cQ3l6kzF2q0mT4nA.q8Zb1x',
  'sid-route=v1.n2.n3.1.42.Zm9vYmFyYmF6cXV4cXV1eA',
  'theme=dark',
].join('; ');

/** @typedef {{ requests: number, perSecond: number, p50Ms: number, p99Ms: number }} Load */

/**
 * One thread and fifty connections, as fast as it gets answers.
 *
 * @param {number} port
 * @param {number} seconds
 * @returns {Promise<Load>}
 * @throws {Error} When one answer was not a success: what is quick because it fails is not quick.
 */
export async function closedLoad(port, seconds) {
  const stdout = await runWrk(seconds, [
    ...['-t1', `-c${CONNECTIONS}`, '--latency'],
    ...['-H', `Cookie: ${COOKIES}`, '-H', 'Accept: application/json'],
    ...['-H', 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101'],
    `http://127.0.0.1:${port}/api/cart`,
  ]);
  const failures = /Socket errors: .*|Non-2xx or 3xx responses: .*/.exec(stdout);
  if (failures) throw new Error(`port ${port}: ${failures[0]}`);
  return {
    requests: Number(found(stdout, /(\d+) requests in/)),
    perSecond: Number(found(stdout, /Requests\/sec:\s+([\d.]+)/)),
    p50Ms: toMs(found(stdout, /50%\s+(\S+)/)),
    p99Ms: toMs(found(stdout, /99%\s+(\S+)/)),
  };
}

/** @param {string} text @param {RegExp} pattern */
function found(text, pattern) {
  const match = pattern.exec(text);
  if (!match?.[1]) throw new Error(`wrk said something unknown: ${text}`);
  return match[1];
}

/** @param {string} text  As `1.25ms`, `850.00us`, `1.02s`. */
function toMs(text) {
  const value = Number.parseFloat(text);
  if (text.endsWith('us')) return value / 1000;
  return text.endsWith('ms') ? value : value * 1000;
}
