import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BodyFraming, parseResponseHead } from './response-head.js';

const OK = 'HTTP/1.1 200 OK\r\n';
const parse = (text: string, method = 'GET') => parseResponseHead(text, method);

describe('a response head', () => {
  test('keeps case, order and duplicates of its fields', () => {
    const head = parse(
      `${OK}set-cookie: a=1\r\nX-Empty:\r\nSet-Cookie:\tb=2 \r\nContent-Length: 3`,
    );
    expect(head.statusText).toBe('OK');
    expect(head.headers).toEqual([
      ...['set-cookie', 'a=1', 'X-Empty', '', 'Set-Cookie', 'b=2', 'Content-Length', '3'],
    ]);
  });

  test.each<[string, string, string, BodyFraming]>([
    ['a length', `${OK}Content-Length: 12`, 'GET', { kind: 'length', bytes: 12 }],
    ['a length of zero', `${OK}Content-Length: 0`, 'GET', { kind: 'none' }],
    ['chunks', `${OK}Transfer-Encoding: Chunked`, 'GET', { kind: 'chunked' }],
    ['neither', `${OK}X: 1`, 'GET', { kind: 'close' }],
    ['HEAD with a length', `${OK}Content-Length: 12`, 'HEAD', { kind: 'none' }],
    ['HEAD with chunks', `${OK}Transfer-Encoding: chunked`, 'HEAD', { kind: 'none' }],
    ['204', 'HTTP/1.1 204 No Content', 'GET', { kind: 'none' }],
    ['304 with a length', 'HTTP/1.1 304 X\r\nContent-Length: 5', 'GET', { kind: 'none' }],
    ['103', 'HTTP/1.1 103 Early Hints', 'GET', { kind: 'none' }],
  ])('with %s has that framing', (_name, text, method, framing) => {
    expect(parse(text, method).framing).toEqual(framing);
  });

  test.each<[string, string, boolean]>([
    ['HTTP/1.1', `${OK}Content-Length: 1`, true],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1', false],
    ['Connection: close', `${OK}Connection: close\r\nContent-Length: 1`, false],
    ['close in a list', `${OK}Connection: x, Close\r\nContent-Length: 1`, false],
    [
      'close in a second field',
      `${OK}Connection: x\r\nConnection: close\r\nContent-Length: 1`,
      false,
    ],
    ['a token that contains close', `${OK}Connection: closet\r\nContent-Length: 1`, true],
    ['a body until the end', OK.trim(), false],
  ])('%s: whether the connection can be used again', (_name, text, keepAlive) => {
    expect(parse(text).keepAlive).toBe(keepAlive);
  });

  test.each([
    ['timeout=5', 5000],
    ['timeout=5, max=100', 5000],
    ['max=100, timeout=7', 7000],
    ['max=100', undefined],
    ['timeout=x', undefined],
  ])('Keep-Alive: %s means %s ms', (value, expected) => {
    expect(parse(`${OK}Keep-Alive: ${value}`).keepAliveMs).toBe(expected);
  });

  test.each([
    ['another protocol', 'ICY 200 OK'],
    ['HTTP/2', 'HTTP/2 200 OK'],
    ['HTTP/1.2', 'HTTP/1.2 200 OK'],
    ['two digits', 'HTTP/1.1 20 OK'],
    ['four digits', 'HTTP/1.1 2000 OK'],
    ['a status below 100', 'HTTP/1.1 099 OK'],
    ['a field without colon', `${OK}oops`],
    ['a space before the colon', `${OK}X : 1`],
    ['an empty name', `${OK}: 1`],
    ['a folded field', `${OK}X: 1\r\n 2`],
    ['a bare line feed', `${OK}X: 1\nY: 2`],
    ['a bare carriage return', `${OK}X: 1\rY: 2`],
    ['a zero byte', `${OK}X: a\0b`],
    ['a name with a non-token', `${OK}X(y): 1`],
    ['two lengths', `${OK}Content-Length: 1\r\ncontent-length: 1`],
    ['a length list', `${OK}Content-Length: 1, 1`],
    ['a signed length', `${OK}Content-Length: +1`],
    ['a hexadecimal length', `${OK}Content-Length: 0x1`],
    ['an empty length', `${OK}Content-Length:`],
    ['a length and chunks', `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked`],
    ['chunks twice', `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked`],
    ['another coding', `${OK}Transfer-Encoding: gzip, chunked`],
    ['identity', `${OK}Transfer-Encoding: identity`],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked'],
  ])('with %s is refused', (_name, text) => {
    expect(() => parse(text)).toThrow('the response of the node is unusable');
  });

  test('is refused for its length even when the method has no body', () => {
    expect(() => parse(`${OK}Content-Length: 1\r\nContent-Length: 2`, 'HEAD')).toThrow();
  });
});

test('is cut by characters as regular expressions would cut it', () => {
  const statusLine = /^HTTP\/1\.[01] ([1-9]\d\d)(?: (.*))?$/;
  const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*(.*?)[\t ]*$/;
  const piece = fc.constantFrom(
    ...['HTTP/1.1', 'HTTP/1.0', '200', '404', '099', '20', ' ', '\t', 'OK'],
  );
  const first = fc.oneof(
    fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
    fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.1 200', 'HTTP/1.0 304 ', 'HTTP/1.1 2000'),
  );
  const character = fc.constantFrom(...[':', ' ', '\t', 'a', 'X-', '-', '(', '\u00e4', '"', '']);
  const line = fc.array(character, { maxLength: 8 }).map((characters) => characters.join(''));
  fc.assert(
    fc.property(first, fc.array(line, { maxLength: 3 }), (begin, lines) => {
      const status = statusLine.exec(begin);
      const fields = lines.map((each) => fieldLine.exec(each));
      const text = [begin, ...lines].join('\r\n');
      if (status === null || fields.includes(null)) {
        expect(() => parseResponseHead(text, 'GET')).toThrow('unusable');
        return;
      }
      expect(parseResponseHead(text, 'GET')).toMatchObject({
        status: Number(status[1]),
        statusText: status[2] ?? '',
        headers: fields.flatMap((field) => field?.slice(1, 3)),
      });
    }),
    { numRuns: 2_000 },
  );
});
