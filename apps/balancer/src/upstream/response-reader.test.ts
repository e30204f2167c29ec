import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ResponseReader } from './response-reader.js';

const OK = 'HTTP/1.1 200 OK\r\n';

interface Outcome {
  status: number | undefined;
  body: string;
  trailers: readonly string[] | undefined;
  /** Bytes that do not belong to the response. */
  rest: string;
  error: string | undefined;
}

/** Feeds the pieces one after another, then the end of the connection if asked. */
function readAll(pieces: readonly Buffer[], end = false, maxHeadBytes = 1024): Outcome {
  const outcome: Outcome = {
    status: undefined,
    body: '',
    trailers: undefined,
    rest: '',
    error: undefined,
  };
  const reader = new ResponseReader('GET', true, maxHeadBytes, {
    onHead: (head) => {
      outcome.status = head.status;
    },
    onBody: (data) => {
      outcome.body += data.toString('latin1');
    },
    onComplete: (trailers) => {
      outcome.trailers = trailers;
    },
  });
  try {
    for (const piece of pieces) {
      const used = reader.complete ? 0 : reader.read(piece);
      outcome.rest += piece.toString('latin1', used);
    }
    if (end) reader.end();
  } catch (error) {
    outcome.error = (error as Error).message.replace(/^.*unusable: /, '');
  }
  return outcome;
}

const read = (text: string, end = false) => readAll([Buffer.from(text, 'latin1')], end);

describe('reading a response', () => {
  test.each<[string, string, Partial<Outcome>]>([
    ['length', `${OK}Content-Length: 5\r\n\r\nhello`, { body: 'hello', trailers: [], rest: '' }],
    [
      'more than its length',
      `${OK}Content-Length: 2\r\n\r\nokEXTRA`,
      { body: 'ok', rest: 'EXTRA' },
    ],
    [
      'less than its length',
      `${OK}Content-Length: 9\r\n\r\nok`,
      { body: 'ok', trailers: undefined },
    ],
    [
      'chunks',
      `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n, world!!!\r\n0\r\n\r\nREST`,
      { body: 'hello, world!!!', trailers: [], rest: 'REST' },
    ],
    [
      'chunks with trailers',
      `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\nY:\r\n\r\n`,
      { body: 'ok', trailers: ['X-Sum', '7', 'Y', ''] },
    ],
    [
      'interim responses first',
      `HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 100 C\r\n\r\n${OK}Content-Length: 1\r\n\r\nx`,
      { status: 200, body: 'x', trailers: [] },
    ],
    [
      'a change of protocol',
      'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x00',
      { status: 101, body: '', rest: '\x81\x00' },
    ],
    [
      'a chunk size that is none',
      `${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      { error: 'malformed chunk size' },
    ],
    [
      'a negative chunk size',
      `${OK}Transfer-Encoding: chunked\r\n\r\n-1\r\n`,
      { error: 'malformed chunk size' },
    ],
    [
      'an immense chunk size',
      `${OK}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(13)}\r\n`,
      { error: 'malformed chunk size' },
    ],
    [
      'a chunk that is too long',
      `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nokX\r\n`,
      { error: 'a chunk is longer than its size' },
    ],
    [
      'chunk lines without CR',
      `${OK}Transfer-Encoding: chunked\r\n\r\n2\nok\r\n`,
      { error: 'a chunk line ends without CR' },
    ],
    [
      'an endless chunk extension',
      `${OK}Transfer-Encoding: chunked\r\n\r\n2;${'x'.repeat(300)}`,
      { error: 'a chunk line is too long' },
    ],
    ['an endless head', `${OK}X: ${'x'.repeat(2000)}`, { error: 'its head is too long' }],
    [
      'a folded trailer',
      `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\nX: 1\r\n 2\r\n\r\n`,
      { error: 'malformed trailer field' },
    ],
  ])('%s', (_name, text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  test('the end of the connection completes a body without length, and nothing else', () => {
    expect(read(`${OK}\r\nall of it`, true)).toMatchObject({ body: 'all of it', trailers: [] });
    expect(read(`${OK}Content-Length: 9\r\n\r\nok`, true).error).toBe('it ends early');
    expect(read(`${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`, true).error).toBe(
      'it ends early',
    );
    expect(read(`${OK}Content-Le`, true).error).toBe('it ends early');
    expect(read('', true).error).toBe('it ends early');
  });

  test('gives up on interim responses without end', () => {
    expect(read('HTTP/1.1 103 Early\r\n\r\n'.repeat(17)).error).toBe('too many interim ones');
  });

  test('is the same for every way the bytes may be cut into pieces', () => {
    const texts = [
      `HTTP/1.1 103 E\r\n\r\n${OK}Content-Length: 11\r\nX: y\r\n\r\nhello worldREST`,
      `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n10;a=b\r\n0123456789abcdef\r\n0\r\nT: 1\r\n\r\nREST`,
      `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n`,
      `${OK}\r\nuntil the end`,
      'HTTP/1.1 204 No\r\nX: 1\r\n\r\nREST',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.nat(140), { maxLength: 12 }),
        (text, cuts) => {
          const bytes = Buffer.from(text, 'latin1');
          const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b)];
          const pieces = at.map((from, index) => bytes.subarray(from, at[index + 1]));
          expect(readAll(pieces, true)).toEqual(readAll([bytes], true));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('any bytes at all end in a response or a refusal', () => {
    const token = fc.constantFrom(
      OK,
      'Content-Length: 2',
      'Transfer-Encoding: chunked',
      '\r\n',
      '\r\n\r\n',
      '2',
      'ok',
      '0',
      ':',
      ' ',
      '\0',
      'X: y',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 20 }), fc.string(), (tokens, noise) => {
        const { error } = read(`${OK}${tokens.join('')}${noise}`, true);
        expect(typeof error === 'string' || error === undefined).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
