import { UnusableResponseError } from '../errors.js';
import { isField } from '../proxy/field-names.js';
import type { HeaderList } from '../proxy/header-list.js';
import { isToken, trimmed } from './field-text.js';

/** How the end of a body is told. `remaining` counts for `length`. */
export type BodyFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderList;
  readonly framing: BodyFraming;
  /** Whether another request may follow on the connection. */
  readonly keepAlive: boolean;
  /** How long the node keeps the idle connection, when it says so. */
  readonly keepAliveMs: number | undefined;
}

// Control characters, and line ends that are not CR LF: what some parsers take for a line end and
// others for a part of a value.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;

/**
 * Reads a response head, without the empty line that ends it. Stricter than it would have to be: a
 * node is expected to speak HTTP properly, and what does not is not passed on.
 *
 * Source: RFC 9112 §4 (status line), §5 (fields), §6.3 (length of the body), §9.3 (persistence).
 *
 * @throws UnusableResponseError
 */
export function parseResponseHead(text: string, method: string): ResponseHead {
  if (FORBIDDEN.test(text)) throw new UnusableResponseError('forbidden characters in the head');
  let end = lineEnd(text, 0);
  const isFirstVersion = text.startsWith('HTTP/1.1 ');
  const status = statusIn(text);
  // Behind the status the line ends, or a space and any text follow.
  const isStatusLine =
    (isFirstVersion || text.startsWith('HTTP/1.0 ')) &&
    status >= 100 &&
    (end === STATUS_END || text[STATUS_END] === ' ');
  if (!isStatusLine) throw new UnusableResponseError('malformed status line');
  const statusText = text.slice(STATUS_END + 1, end);
  const headers: string[] = [];
  const facts: FramingFacts = { codings: 0, lengths: 0, length: '', connection: '', keepAlive: '' };
  while (end < text.length) {
    const at = end + LINE_END.length;
    end = lineEnd(text, at);
    const colon = text.indexOf(':', at);
    if (colon === -1 || !isToken(text, at, colon)) {
      throw new UnusableResponseError('malformed header field');
    }
    const name = text.slice(at, colon);
    const value = trimmed(text, colon + 1, end);
    headers.push(name, value);
    note(facts, name, value);
  }
  const framing = framingOf(facts, status, method, isFirstVersion);
  return {
    status,
    statusText,
    headers,
    framing,
    keepAlive: isFirstVersion && framing.kind !== 'close' && !saysClose(facts.connection),
    keepAliveMs: keepAliveOf(facts.keepAlive),
  };
}

const LINE_END = '\r\n';
/** `HTTP/1.1 ` and three digits. */
const STATUS_BEGIN = 9;
const STATUS_END = 12;
const ZERO = 48;

/** The three digits of the status; 0 when others stand there. */
function statusIn(text: string): number {
  let status = 0;
  for (let at = STATUS_BEGIN; at < STATUS_END; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return 0;
    status = status * 10 + digit;
  }
  return status;
}

/** There is no CR without its LF any more, and one character is found faster than two. */
function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\r', from);
  return at === -1 ? text.length : at;
}

interface FramingFacts {
  codings: number;
  lengths: number;
  length: string;
  connection: string;
  keepAlive: string;
}

function note(facts: FramingFacts, name: string, value: string): void {
  // Most fields have other lengths, so few names are lowered.
  switch (name.length) {
    case 10:
      if (isField(name, 'connection')) facts.connection += `,${value}`;
      else if (isField(name, 'keep-alive')) facts.keepAlive = value;
      break;
    case 14:
      if (!isField(name, 'content-length')) break;
      facts.lengths++;
      facts.length = value;
      break;
    case 17:
      if (!isField(name, 'transfer-encoding')) break;
      if (value.toLowerCase() !== 'chunked') {
        throw new UnusableResponseError('a transfer coding other than chunked');
      }
      facts.codings++;
  }
}

function framingOf(
  facts: FramingFacts,
  status: number,
  method: string,
  isFirstVersion: boolean,
): BodyFraming {
  const { codings, lengths, length } = facts;
  if (codings > 1 || lengths > 1 || (codings > 0 && lengths > 0)) {
    throw new UnusableResponseError('contradicting lengths');
  }
  if (codings > 0 && !isFirstVersion) throw new UnusableResponseError('a coding in HTTP/1.0');
  if (lengths > 0 && !/^\d{1,15}$/.test(length)) {
    throw new UnusableResponseError('malformed Content-Length');
  }
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) {
    return { kind: 'none' };
  }
  if (codings > 0) return { kind: 'chunked' };
  if (lengths === 0) return { kind: 'close' };
  const bytes = Number(length);
  return bytes === 0 ? { kind: 'none' } : { kind: 'length', bytes };
}

function saysClose(connection: string): boolean {
  if (connection === '' || connection === ',keep-alive') return false;
  return /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i.test(connection);
}

function keepAliveOf(value: string): number | undefined {
  if (value === '') return undefined;
  const match = /(?:^|[,\t ])timeout=(\d{1,6})(?:[,\t ]|$)/i.exec(value);
  return match === null ? undefined : Number(match[1]) * 1000;
}
