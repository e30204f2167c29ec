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
  /** The client waits for a word before it sends the body. */
  readonly expectsContinue: boolean;
}

export interface RefusedRequest {
  readonly status: 400 | 405 | 408 | 413 | 417 | 431 | 501;
  readonly detail: string;
}

/** The limits a request is held to before anything is done about it. */
export interface InspectionLimits {
  readonly headerFields: number;
  readonly requestBodyBytes: number;
}

const HOST = /^(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::\d{0,5})?$/;

/** Whether a text is fit for `Host`; it may be empty. */
export function isHost(text: string): boolean {
  return HOST.test(text);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/**
 * What may stand in a target. Less than the parser admits: a fragment is for the client alone, and
 * bytes outside of ASCII are normalised by some servers and not by others.
 */
const TARGET = /^[\x21\x22\x24-\x7e]+$/;

/**
 * Fields that decide about framing or trust. With an underscore for a dash some servers take them
 * for the field itself (CGI cannot tell the two apart) and others for a stranger.
 */
const HAS_NO_TWIN =
  /^(?:content[-_]length|transfer[-_]encoding|idempotency[-_]key|x[-_](?:forwarded|understudy)[-_].*)$/i;

/**
 * Refuses what the parser lets through but what two servers in a row may read differently. That
 * difference is how requests are smuggled.
 *
 * Source: RFC 9112 §3.2 (Host, request target), §6.1–6.3 (framing), §11.2 (smuggling).
 */
export function inspectRequest(
  head: RequestHead,
  limits: InspectionLimits,
): AcceptedRequest | RefusedRequest {
  if (head.headers.length / 2 > limits.headerFields) return refuse(431, 'too many header fields');
  if (head.httpVersion !== '1.1' && head.httpVersion !== '1.0') {
    return refuse(400, 'neither HTTP/1.1 nor HTTP/1.0');
  }
  if (head.method === 'TRACE' || head.method === 'CONNECT') {
    return refuse(405, `${head.method} is not passed on`);
  }
  const field = fieldFault(head.headers);
  if (field !== undefined) return refuse(400, field);
  const hosts = valuesOf(head.headers, 'host');
  const [host = ''] = hosts;
  if (hosts.length > 1) return refuse(400, 'more than one Host');
  if (!HOST.test(host)) return refuse(400, 'malformed Host');
  if (head.httpVersion !== '1.0' && host === '' && hosts.length === 0) {
    return refuse(400, 'no Host');
  }
  const target = originForm(head.target, host);
  if (target === undefined) return refuse(400, 'unusable request target');
  const framing = framingOf(head);
  if ('status' in framing) return framing;
  if (framing.bodyBytes > limits.requestBodyBytes) return refuse(413, 'the body is too large');
  const expectation = expectationOf(head);
  if (typeof expectation !== 'boolean') return expectation;
  return { ...target, ...framing, expectsContinue: expectation && framing.body !== 'none' };
}

function fieldFault(headers: HeaderList): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (CONTROL.test(name) || CONTROL.test(headers[i + 1] as string)) {
      return 'control characters in a header field';
    }
    if (name.includes('_') && HAS_NO_TWIN.test(name)) {
      return 'an underscore in the name of a field that decides how a request is read';
    }
  }
  return undefined;
}

type Framing = Pick<AcceptedRequest, 'body' | 'bodyBytes'>;

function framingOf(head: RequestHead): Framing | RefusedRequest {
  const encodings = valuesOf(head.headers, 'transfer-encoding');
  const lengths = valuesOf(head.headers, 'content-length');
  if (encodings.length > 0) {
    if (head.httpVersion === '1.0') return refuse(400, 'Transfer-Encoding in HTTP/1.0');
    if (lengths.length > 0) return refuse(400, 'Transfer-Encoding and Content-Length');
    // 501 would fit a coding that is only unknown (RFC 9112 §6.1); but what another server may have
    // taken the body for is the same doubt as with two lengths, and gets the same answer.
    if (encodings.length > 1 || encodings[0]?.toLowerCase() !== 'chunked') {
      return refuse(400, 'a transfer coding other than chunked');
    }
    return { body: 'chunked', bodyBytes: 0 };
  }
  const [length] = lengths;
  if (lengths.length > 1) return refuse(400, 'more than one Content-Length');
  if (length === undefined) return { body: 'none', bodyBytes: 0 };
  // A leading zero is octal to some.
  if (!/^(?:0|[1-9]\d{0,14})$/.test(length)) return refuse(400, 'malformed Content-Length');
  const bodyBytes = Number(length);
  return { body: bodyBytes > 0 ? 'sized' : 'none', bodyBytes };
}

/**
 * Whether the client waits for `100 Continue`.
 *
 * Source: RFC 9110 §10.1.1; in HTTP/1.0 the field means nothing.
 */
function expectationOf(head: RequestHead): boolean | RefusedRequest {
  const expectations = valuesOf(head.headers, 'expect');
  if (expectations.length === 0 || head.httpVersion === '1.0') return false;
  if (expectations.every((value) => value.toLowerCase() === '100-continue')) return true;
  return refuse(417, 'an expectation other than 100-continue');
}

/** A proxy must take the absolute form, but it must then not name another host than `Host`. */
function originForm(
  target: string,
  host: string,
): { readonly path: string; readonly host: string } | undefined {
  if (!TARGET.test(target)) return undefined;
  if (target.startsWith('/')) return { path: target, host };
  const match = /^https?:\/\/([^/?#]+)([/?].*)?$/i.exec(target);
  if (match === null) return undefined;
  const authority = match[1] as string;
  const rest = match[2] ?? '/';
  if (!HOST.test(authority)) return undefined;
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
