import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUS_MAX_PAYLOAD_BYTES } from '../limits.js';
import type { ClientOperation } from './operations.js';
import { ProtocolParser } from './parser.js';

const raw = (text: string) => Buffer.from(text, 'latin1');

/** Operations with their bytes as text, to compare and to read. */
function parse(...chunks: readonly Buffer[]): object[] {
  const parser = new ProtocolParser();
  return chunks.flatMap((chunk) => parser.feed(chunk)).map(readable);
}

function readable(operation: ClientOperation): object {
  if (operation.op !== 'pub') return operation;
  const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('latin1');
  return { ...operation, headers: text(operation.headers), payload: text(operation.payload) };
}

const CONVERSATION = [
  'CONNECT {"verbose":false}\r\n',
  'PING\r\nPONG\r\n',
  'SUB a.* 1\r\nSUB b.> workers 2\r\n',
  'PUB a.b 5\r\nhello\r\n',
  'PUB a.b reply.1 0\r\n\r\n',
  'HPUB a.b 12 14\r\nNATS/1.0\r\n\r\nhi\r\n',
  'HPUB a.b reply.2 19 19\r\nNATS/1.0\r\nA: b\r\n\r\n \r\n',
  'UNSUB 1\r\nUNSUB 2 7\r\n',
  'PUB c 15\r\nPUB d 2\r\n\r\nxx\r\n\r\n',
  'pub tab\t3\r\n\r\n\r\r\n',
].join('');

const OPERATIONS = [
  { op: 'connect', json: '{"verbose":false}' },
  { op: 'ping' },
  { op: 'pong' },
  { op: 'sub', subject: 'a.*', queue: undefined, sid: '1' },
  { op: 'sub', subject: 'b.>', queue: 'workers', sid: '2' },
  { op: 'pub', subject: 'a.b', replyTo: undefined, headers: undefined, payload: 'hello' },
  { op: 'pub', subject: 'a.b', replyTo: 'reply.1', headers: undefined, payload: '' },
  { op: 'pub', subject: 'a.b', replyTo: undefined, headers: 'NATS/1.0\r\n\r\n', payload: 'hi' },
  {
    op: 'pub',
    subject: 'a.b',
    replyTo: 'reply.2',
    headers: 'NATS/1.0\r\nA: b\r\n\r\n ',
    payload: '',
  },
  { op: 'unsub', sid: '1', max: undefined },
  { op: 'unsub', sid: '2', max: 7 },
  {
    op: 'pub',
    subject: 'c',
    replyTo: undefined,
    headers: undefined,
    payload: 'PUB d 2\r\n\r\nxx\r\n',
  },
  { op: 'pub', subject: 'tab', replyTo: undefined, headers: undefined, payload: '\r\n\r' },
];

describe('ProtocolParser', () => {
  it('reads a conversation in one piece', () => {
    expect(parse(raw(CONVERSATION))).toEqual(OPERATIONS);
  });

  it('reads the same wherever the bytes are cut in two', () => {
    const bytes = raw(CONVERSATION);
    for (let at = 1; at < bytes.length; at += 1) {
      expect(parse(bytes.subarray(0, at), bytes.subarray(at)), `cut at ${at}`).toEqual(OPERATIONS);
    }
  });

  it('reads the same byte by byte', () => {
    expect(parse(...Array.from(raw(CONVERSATION), (byte) => Buffer.of(byte)))).toEqual(OPERATIONS);
  });

  it('reads the same whatever pieces it comes in', () => {
    const bytes = raw(CONVERSATION);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(parse(...chunks)).toEqual(OPERATIONS);
      }),
    );
  });

  it('keeps the payload apart from a chunk that is used again', () => {
    const parser = new ProtocolParser();
    const first = raw('PUB a 6\r\nabc');
    parser.feed(first);
    first.fill(0);
    expect(parser.feed(raw('def\r\n')).map(readable)).toMatchObject([{ payload: 'abcdef' }]);
  });

  it('takes a payload of the largest size in small pieces', () => {
    const payload = Buffer.alloc(BUS_MAX_PAYLOAD_BYTES, 'x');
    const bytes = Buffer.concat([raw(`PUB a ${payload.length}\r\n`), payload, raw('\r\nPING\r\n')]);
    const parser = new ProtocolParser();
    const operations: ClientOperation[] = [];
    for (let at = 0; at < bytes.length; at += 1000) {
      operations.push(...parser.feed(bytes.subarray(at, at + 1000)));
    }
    expect(operations.map(({ op }) => op)).toEqual(['pub', 'ping']);
    const [published] = operations;
    expect(published?.op === 'pub' && payload.equals(published.payload)).toBe(true);
  });

  it.each([
    ['FOO\r\n', 'unknown-operation'],
    ['\r\n', 'unknown-operation'],
    ['GET / HTTP/1.1\r\n', 'unknown-operation'],
    ['PUB\r\n', 'unknown-operation'],
    ['MSG a 1 1\r\n', 'unknown-operation'],
    ['PUB a 2\r\nhixx', 'unknown-operation'],
    ['PUB a 0\r\nxx', 'unknown-operation'],
    ['PUB a\r\n', 'malformed'],
    ['PUB a b c 1\r\n', 'malformed'],
    ['PUB a -1\r\n', 'malformed'],
    ['PUB a 1.5\r\n', 'malformed'],
    ['PUB a 99999999999999999999\r\n', 'malformed'],
    [`PUB a ${BUS_MAX_PAYLOAD_BYTES + 1}\r\n`, 'payload'],
    [`HPUB a 0 ${BUS_MAX_PAYLOAD_BYTES + 1}\r\n`, 'payload'],
    ['HPUB a 3 2\r\n', 'malformed'],
    ['HPUB a 3\r\n', 'malformed'],
    ['HPUB a b c 3 3\r\n', 'malformed'],
    ['HPUB a x 3\r\n', 'malformed'],
    ['SUB a\r\n', 'malformed'],
    ['SUB a b c d\r\n', 'malformed'],
    ['UNSUB 1 2 3\r\n', 'malformed'],
    ["-ERR 'x'\r\n", 'malformed'],
  ])('%j ends the conversation: %s', (text, fault) => {
    const expected = [{ op: 'ping' }, { op: 'fault', fault }];
    expect(parse(raw(`PING\r\n${text}`), raw('PING\r\n'))).toEqual(expected);
    const bytes = Array.from(raw(`PING\r\n${text}\r\nPING\r\n`), (byte) => Buffer.of(byte));
    expect(parse(...bytes)).toEqual(expected);
  });

  it.each([
    ['PINGX\r\n', [{ op: 'ping' }]],
    ['PING with words\r\n', [{ op: 'ping' }]],
    ['ping\n', [{ op: 'ping' }]],
    ['+OK\r\n', []],
    ['INFO {}\r\n', []],
    ['UNSUB 1 x\r\n', [{ op: 'unsub', sid: '1', max: undefined }]],
    ['UNSUB 1 0\r\n', [{ op: 'unsub', sid: '1', max: undefined }]],
    ['SUB  a \t 1 \r\n', [{ op: 'sub', subject: 'a', queue: undefined, sid: '1' }]],
  ])('%j is taken as nats-server takes it', (text, expected) => {
    expect(parse(raw(text))).toEqual(expected);
  });

  it.each([
    ['a command of 4096 bytes passes', `SUB ${'a'.repeat(4094)} 1\r\n`, 'sub'],
    ['one more ends the conversation', `SUB ${'a'.repeat(4095)} 1\r\n`, 'fault'],
    ['so does a line that never ends', 'a'.repeat(4113), 'fault'],
  ])('%s', (_, text, op) => {
    expect(parse(raw(text))).toEqual([expect.objectContaining({ op })]);
    const chunks = text.match(/.{1,100}/gs) ?? [];
    expect(parse(...chunks.map(raw))).toEqual([expect.objectContaining({ op })]);
  });

  it('never throws, whatever it is fed', () => {
    const words = fc.constantFrom('PUB', 'HPUB', 'SUB', ' ', '\r\n', '\n', '1', '9', 'a', '{', '.');
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
      fc.array(words, { maxLength: 12 }).map((all) => raw(all.join(''))),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (chunks) => {
        const operations = parse(...chunks) as ClientOperation[];
        const fault = operations.findIndex(({ op }) => op === 'fault');
        expect(fault === -1 || fault === operations.length - 1).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
