import { isField } from './field-names.js';
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
  const fields = decisiveFields(head.headers);
  const isFirstVersion = head.httpVersion === '1.1';
  const { host } = fields;
  if (fields.hosts > 1) return refuse(400, 'more than one Host');
  if (!HOST.test(host)) return refuse(400, 'malformed Host');
  if (isFirstVersion && fields.hosts === 0) return refuse(400, 'no Host');
  const target = originForm(head.target, host);
  if (target === undefined) return refuse(400, 'unusable request target');
  const fault = framingFault(fields, isFirstVersion);
  if (fault !== undefined) return refuse(400, fault);
  const bodyBytes = Number(fields.length);
  if (bodyBytes > limits.requestBodyBytes) return refuse(413, 'the body is too large');
  // In HTTP/1.0 the field means nothing (RFC 9110 §10.1.1).
  const isExpectant = fields.expectations > 0 && isFirstVersion;
  if (isExpectant && !fields.expectsContinue) {
    return refuse(417, 'an expectation other than 100-continue');
  }
  const body = fields.codings > 0 ? 'chunked' : bodyBytes > 0 ? 'sized' : 'none';
  const expectsContinue = isExpectant && body !== 'none';
  return { path: target.path, host: target.host, body, bodyBytes, expectsContinue };
}

/** What decides how a request is read: of each field how many there are, and what it says. */
interface DecisiveFields {
  hosts: number;
  host: string;
  lengths: number;
  length: string;
  codings: number;
  coding: string;
  expectations: number;
  /** All of them. */
  expectsContinue: boolean;
}

function decisiveFields(headers: HeaderList): DecisiveFields {
  const fields: DecisiveFields = {
    hosts: 0,
    host: '',
    lengths: 0,
    length: '0',
    codings: 0,
    coding: '',
    expectations: 0,
    expectsContinue: true,
  };
  for (let i = 0; i < headers.length; i += 2) note(fields, headers[i] as string, headers[i + 1]);
  return fields;
}

/** Keeps the first value of what may be there once only. */
function note(fields: DecisiveFields, field: string, value = ''): void {
  // Most names have other lengths, so few are lowered.
  switch (field.length) {
    case 4:
      if (isField(field, 'host') && fields.hosts++ === 0) fields.host = value;
      break;
    case 6:
      if (!isField(field, 'expect')) break;
      fields.expectations++;
      if (value.toLowerCase() !== '100-continue') fields.expectsContinue = false;
      break;
    case 14:
      if (isField(field, 'content-length') && fields.lengths++ === 0) fields.length = value;
      break;
    case 17:
      if (isField(field, 'transfer-encoding') && fields.codings++ === 0) fields.coding = value;
  }
}

function fieldFault(headers: HeaderList): string | undefined {
  // One look at all of them, with a character between that is none of those looked for.
  if (CONTROL.test(headers.join('\t'))) return 'control characters in a header field';
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.includes('_') && HAS_NO_TWIN.test(name)) {
      return 'an underscore in the name of a field that decides how a request is read';
    }
  }
  return undefined;
}

function framingFault(fields: DecisiveFields, isFirstVersion: boolean): string | undefined {
  if (fields.codings > 0) {
    if (!isFirstVersion) return 'Transfer-Encoding in HTTP/1.0';
    if (fields.lengths > 0) return 'Transfer-Encoding and Content-Length';
    // 501 would fit a coding that is only unknown (RFC 9112 §6.1); but what another server may have
    // taken the body for is the same doubt as with two lengths, and gets the same answer.
    if (fields.codings > 1 || fields.coding.toLowerCase() !== 'chunked') {
      return 'a transfer coding other than chunked';
    }
  }
  if (fields.lengths > 1) return 'more than one Content-Length';
  // A leading zero is octal to some.
  if (fields.lengths > 0 && !LENGTH.test(fields.length)) return 'malformed Content-Length';
  return undefined;
}

const LENGTH = /^(?:0|[1-9]\d{0,14})$/;

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
