import { type HeaderList, valuesOf } from './header-list.js';

/** The parts of a request head that decide whether and how it is forwarded. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  readonly headers: HeaderList;
}

/** A request that will be forwarded. */
export interface AcceptedRequest {
  /** Origin form, exactly as sent: never decoded, never normalised. */
  readonly path: string;
  readonly host: string;
  readonly body: 'none' | 'sized' | 'chunked';
  /** Bytes announced; 0 unless `body` is `sized`. */
  readonly bodyBytes: number;
}

export interface RefusedRequest {
  readonly status: 400 | 405 | 431 | 501;
  readonly detail: string;
}

const HOST = /^(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/**
 * Refuses what the parser lets through but what two servers in a row may read differently. That
 * difference is how requests are smuggled.
 *
 * Source: RFC 9112 §3.2 (Host, request target), §6.1–6.3 (framing), §11.2 (smuggling).
 */
export function inspectRequest(
  head: RequestHead,
  maxFields: number,
): AcceptedRequest | RefusedRequest {
  if (head.headers.length / 2 > maxFields) return refuse(431, 'too many header fields');
  if (head.method === 'TRACE') return refuse(405, 'TRACE is not passed on');
  if (head.headers.some((text) => CONTROL.test(text))) {
    return refuse(400, 'control characters in a header field');
  }
  const hosts = valuesOf(head.headers, 'host');
  const [host = ''] = hosts;
  if (hosts.length > 1) return refuse(400, 'more than one Host');
  if (!HOST.test(host)) return refuse(400, 'malformed Host');
  if (head.httpVersion !== '1.0' && host === '' && hosts.length === 0) {
    return refuse(400, 'no Host');
  }
  const target = originForm(head.target, host);
  if (target === undefined) return refuse(400, 'unusable request target');
  return inspectFraming(head, { path: target.path, host: target.host });
}

function inspectFraming(
  head: RequestHead,
  target: { readonly path: string; readonly host: string },
): AcceptedRequest | RefusedRequest {
  const encodings = valuesOf(head.headers, 'transfer-encoding');
  const lengths = valuesOf(head.headers, 'content-length');
  if (encodings.length > 0) {
    if (head.httpVersion === '1.0') return refuse(400, 'Transfer-Encoding in HTTP/1.0');
    if (lengths.length > 0) return refuse(400, 'Transfer-Encoding and Content-Length');
    if (encodings.length > 1 || encodings[0]?.toLowerCase() !== 'chunked') {
      return refuse(501, 'a transfer coding other than chunked');
    }
    return { ...target, body: 'chunked', bodyBytes: 0 };
  }
  const [length] = lengths;
  if (lengths.length > 1) return refuse(400, 'more than one Content-Length');
  if (length === undefined) return { ...target, body: 'none', bodyBytes: 0 };
  if (!/^\d{1,15}$/.test(length)) return refuse(400, 'malformed Content-Length');
  const bodyBytes = Number(length);
  return { ...target, body: bodyBytes > 0 ? 'sized' : 'none', bodyBytes };
}

/** A proxy must take the absolute form, but it must then not name another host than `Host`. */
function originForm(
  target: string,
  host: string,
): { readonly path: string; readonly host: string } | undefined {
  if (target.startsWith('/')) return { path: target, host };
  const match = /^https?:\/\/([^/?#]+)([/?].*)?$/i.exec(target);
  if (match === null) return undefined;
  const authority = match[1] as string;
  const rest = match[2] ?? '/';
  if (host !== '' && authority.toLowerCase() !== host.toLowerCase()) return undefined;
  return { path: rest.startsWith('?') ? `/${rest}` : rest, host: authority };
}

function refuse(status: RefusedRequest['status'], detail: string): RefusedRequest {
  return { status, detail };
}

/**
 * A WebSocket handshake without a body; any other upgrade is served as if it had not been asked.
 */
export function isWebSocketUpgrade(head: RequestHead): boolean {
  const upgrades = valuesOf(head.headers, 'upgrade');
  return (
    head.method === 'GET' &&
    head.httpVersion === '1.1' &&
    upgrades.length === 1 &&
    upgrades[0]?.toLowerCase() === 'websocket' &&
    valuesOf(head.headers, 'transfer-encoding').length === 0 &&
    valuesOf(head.headers, 'content-length').every((length) => length === '0')
  );
}
