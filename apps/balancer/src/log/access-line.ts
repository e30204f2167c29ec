import type { ExchangeReport, RefusedExchange, TunnelReport } from '../proxy/exchange-report.js';
import { TUNNEL_ENDS, terminationOf } from './termination.js';

const PATH_CHARACTERS = 1_024;
const METHOD_CHARACTERS = 32;

/**
 * One line of JSON for one request. Nothing of headers, cookies, bodies or the query gets in: they
 * carry ids, keys and what people type.
 *
 * @param endedAt Wall clock, in ms since 1970, when the exchange ended.
 */
export function lineOfExchange(report: ExchangeReport, endedAt: number): string {
  const { request, node, failed, startedAtMs, endedAtMs, firstByteMs } = report;
  const totalMs = endedAtMs - startedAtMs;
  return lineOf({
    time: new Date(endedAt - totalMs).toISOString(),
    address: report.connection.address,
    method: methodOf(request.method),
    path: pathOf(request.url),
    status: report.status,
    bytes: report.bodyBytes,
    node: node?.label,
    attempts: report.attempts,
    cause: terminationOf(report),
    firstByteMs: rounded(firstByteMs),
    totalMs: rounded(totalMs),
    ...(failed.length === 0
      ? {}
      : { failed: failed.map((each) => `${each.node.label} ${each.failure}`) }),
  });
}

/** The same for a request that was not accepted, of which little may be known. */
export function lineOfRefusal(refused: RefusedExchange, at: number): string {
  const { request, connection, status, problem } = refused;
  return lineOf({
    time: new Date(at).toISOString(),
    address: connection.address,
    method: methodOf(request?.method),
    path: pathOf(request?.url),
    status,
    bytes: 0,
    attempts: 0,
    cause: terminationOf({ cause: 'problem', problem, status }),
  });
}

/** The same for a tunnel; `bytes` went to the client, `bytesIn` came from it. */
export function lineOfTunnel(report: TunnelReport, endedAt: number): string {
  const { request, connection, node, end, startedAtMs, endedAtMs } = report;
  const totalMs = endedAtMs - startedAtMs;
  return lineOf({
    time: new Date(endedAt - totalMs).toISOString(),
    address: connection.address,
    method: methodOf(request.method),
    path: pathOf(request.url),
    status: 101,
    bytes: end.nodeBytes,
    bytesIn: end.clientBytes,
    node: node.label,
    attempts: 1,
    cause: TUNNEL_ENDS[end.by],
    totalMs: rounded(totalMs),
  });
}

function lineOf(fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(fields)}\n`;
}

/**
 * Without origin, query and the parameters of segments, which have carried session ids since
 * `;jsessionid=`. Printable ASCII only, so that characters are bytes and lines stay lines.
 */
export function pathOf(target: string | undefined): string | undefined {
  if (target === undefined) return undefined;
  let from = 0;
  if (!target.startsWith('/') && target !== '*') {
    const authority = target.indexOf('//');
    const path = authority === -1 ? -1 : target.indexOf('/', authority + 2);
    // What is neither a path nor a URL is an authority, which may hold a password.
    if (path === -1) return authority === -1 ? undefined : '/';
    from = path;
  }
  const end = target.slice(from, from + PATH_CHARACTERS).search(/[?;#]/);
  const path = target.slice(from, end === -1 ? from + PATH_CHARACTERS : from + end);
  return printable(path);
}

function methodOf(method: string | undefined): string | undefined {
  return method === undefined ? undefined : printable(method.slice(0, METHOD_CHARACTERS));
}

function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, '?');
}

function rounded(durationMs: number | undefined): number | undefined {
  return durationMs === undefined ? undefined : Math.round(durationMs * 1_000) / 1_000;
}
