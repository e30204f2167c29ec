import { BUS_MAX_CONTROL_LINE_BYTES, BUS_MAX_PAYLOAD_BYTES } from '../limits.js';
import type { ClientOperation, ProtocolFault, PublishHead } from './operations.js';

/** A parsed line; undefined when it asks for nothing (`+OK`, `INFO`). */
export type ParsedLine = ClientOperation | PublishHead | undefined;

/** More digits than any size here needs; keeps the numbers exact. */
const NUMBER = /^\d{1,9}$/;

/**
 * Parses one command, without its line end, as nats-server does: names in any case, words parted by
 * spaces or tabs, leniency where it is lenient (anything may follow PING).
 */
export function parseCommandLine(line: string): ParsedLine {
  const [, name = '', rest = ''] = /^([^ \t]*)[ \t]*(.*)$/s.exec(line) ?? [];
  if (rest.length > BUS_MAX_CONTROL_LINE_BYTES) return fault('control-line');
  const verb = name.toUpperCase();
  if (verb.startsWith('PING')) return { op: 'ping' };
  if (verb.startsWith('PONG')) return { op: 'pong' };
  if (verb.startsWith('+OK') || verb === 'INFO') return undefined;
  if (verb.startsWith('-ERR')) return fault('malformed');
  if (verb === 'CONNECT') return { op: 'connect', json: rest };
  // Without a blank the name is not complete yet for nats-server, and then it is a wrong one.
  if (line.length === name.length) return fault('unknown-operation');
  const words = rest.split(/[ \t\r]+/).filter((word) => word !== '');
  switch (verb) {
    case 'PUB':
      return parsePub(words);
    case 'HPUB':
      return parseHpub(words);
    case 'SUB':
      return parseSub(words);
    case 'UNSUB':
      return parseUnsub(words);
    default:
      return fault('unknown-operation');
  }
}

function parsePub(words: readonly string[]): ParsedLine {
  if (words.length !== 2 && words.length !== 3) return fault('malformed');
  const [subject = '', replyTo] = words.slice(0, -1);
  const totalBytes = parseSize(words.at(-1));
  if (totalBytes === undefined) return fault('malformed');
  if (totalBytes > BUS_MAX_PAYLOAD_BYTES) return fault('payload');
  return { op: 'pub-head', subject, replyTo, hasHeaders: false, headerBytes: 0, totalBytes };
}

function parseHpub(words: readonly string[]): ParsedLine {
  if (words.length !== 3 && words.length !== 4) return fault('malformed');
  const [subject = '', replyTo] = words.slice(0, -2);
  const headerBytes = parseSize(words.at(-2));
  const totalBytes = parseSize(words.at(-1));
  if (headerBytes === undefined || totalBytes === undefined) return fault('malformed');
  if (headerBytes > totalBytes) return fault('malformed');
  if (totalBytes > BUS_MAX_PAYLOAD_BYTES) return fault('payload');
  return { op: 'pub-head', subject, replyTo, hasHeaders: true, headerBytes, totalBytes };
}

function parseSub(words: readonly string[]): ParsedLine {
  const [subject, queueOrSid, sid] = words;
  if (subject === undefined || queueOrSid === undefined || words.length > 3) {
    return fault('malformed');
  }
  if (sid === undefined) return { op: 'sub', subject, queue: undefined, sid: queueOrSid };
  return { op: 'sub', subject, queue: queueOrSid, sid };
}

/** An unreadable maximum means none: the subscription ends at once. */
function parseUnsub(words: readonly string[]): ParsedLine {
  const [sid, max] = words;
  if (sid === undefined || words.length > 2) return fault('malformed');
  return { op: 'unsub', sid, max: parseSize(max) || undefined };
}

function parseSize(word: string | undefined): number | undefined {
  return word !== undefined && NUMBER.test(word) ? Number(word) : undefined;
}

function fault(kind: ProtocolFault): ClientOperation {
  return { op: 'fault', fault: kind };
}
