import { describe, expect, test } from 'vitest';
import { inspectRequest, isWebSocketUpgrade, type RequestHead } from './inspect-request.js';

const GET: RequestHead = {
  method: 'GET',
  target: '/a?b=c',
  httpVersion: '1.1',
  headers: ['Host', 'shop.example'],
};

const inspect = (head: Partial<RequestHead>) =>
  inspectRequest({ ...GET, ...head }, { headerFields: 100, requestBodyBytes: 1_000 });
const withHeaders = (...headers: string[]) => inspect({ headers: ['Host', 'x', ...headers] });

describe('what is accepted', () => {
  test('the target is kept as it is', () => {
    expect(inspect({ target: '/%2e%2e//a?x=%zz' })).toMatchObject({ path: '/%2e%2e//a?x=%zz' });
  });

  test.each([
    ['http://shop.example/a', '/a'],
    ['HTTP://SHOP.example/a?b', '/a?b'],
    ['http://shop.example', '/'],
    ['http://shop.example?b', '/?b'],
  ])('absolute form %s becomes %s', (target, path) => {
    expect(inspect({ target })).toMatchObject({ path });
  });

  test('bodies are told apart by their framing', () => {
    expect(withHeaders('Content-Length', '5')).toMatchObject({ body: 'sized', bodyBytes: 5 });
    expect(withHeaders('Content-Length', '0')).toMatchObject({ body: 'none' });
    expect(withHeaders('Transfer-Encoding', 'Chunked')).toMatchObject({ body: 'chunked' });
    expect(withHeaders()).toMatchObject({ body: 'none' });
  });
});

describe('an expectation', () => {
  const expecting = (head: Partial<RequestHead>, ...more: string[]) =>
    inspect({ ...head, headers: ['Host', 'x', 'Expect', '100-Continue', ...more] });

  test('is remembered where there is a body to wait for', () => {
    expect(expecting({}, 'Content-Length', '5')).toMatchObject({ expectsContinue: true });
    expect(expecting({})).toMatchObject({ expectsContinue: false });
  });

  test('means nothing in HTTP/1.0', () => {
    const head = { httpVersion: '1.0' };
    expect(expecting(head, 'Content-Length', '5')).toMatchObject({ expectsContinue: false });
  });
});

describe('what is refused', () => {
  test.each<[string, Partial<RequestHead>, number]>([
    ['two Hosts', { headers: ['Host', 'a', 'host', 'b'] }, 400],
    ['two equal Hosts', { headers: ['Host', 'a', 'Host', 'a'] }, 400],
    ['no Host', { headers: [] }, 400],
    ['a Host with a path', { headers: ['Host', 'a/b'] }, 400],
    ['a Host with user info', { headers: ['Host', 'u@a'] }, 400],
    ['an absolute form for another host', { target: 'http://evil.example/' }, 400],
    ['another scheme', { target: 'ftp://shop.example/' }, 400],
    ['asterisk form', { method: 'OPTIONS', target: '*' }, 400],
    ['a control character in a value', { headers: ['Host', 'a', 'X', 'a\x01b'] }, 400],
    ['TRACE', { method: 'TRACE' }, 405],
    [
      'both framings',
      { headers: ['Host', 'a', 'Transfer-Encoding', 'chunked', 'Content-Length', '5'] },
      400,
    ],
    ['two lengths', { headers: ['Host', 'a', 'Content-Length', '5', 'Content-Length', '5'] }, 400],
    ['a length list', { headers: ['Host', 'a', 'Content-Length', '5, 5'] }, 400],
    ['a signed length', { headers: ['Host', 'a', 'Content-Length', '+5'] }, 400],
    [
      'gzip as transfer coding',
      { headers: ['Host', 'a', 'Transfer-Encoding', 'gzip, chunked'] },
      400,
    ],
    [
      'a coding in HTTP/1.0',
      { httpVersion: '1.0', headers: ['Host', 'a', 'Transfer-Encoding', 'chunked'] },
      400,
    ],
    ['a length with a leading zero', { headers: ['Host', 'a', 'Content-Length', '05'] }, 400],
    ['a length above the limit', { headers: ['Host', 'a', 'Content-Length', '1001'] }, 413],
    ['a fragment', { target: '/a#b' }, 400],
    ['a target with a space', { target: '/a b' }, 400],
    ['a target with a line end', { target: '/a\r\nX: y' }, 400],
    ['a target outside of ASCII', { target: '/\xe4' }, 400],
    ['user info without a Host', { httpVersion: '1.0', target: 'http://u@a/', headers: [] }, 400],
    ['HTTP/0.9', { httpVersion: '0.9' }, 400],
    ['HTTP/2.0', { httpVersion: '2.0' }, 400],
    ['CONNECT', { method: 'CONNECT', target: 'a:80' }, 405],
    ['an underscore in a length', { headers: ['Host', 'a', 'Content_Length', '5'] }, 400],
    ['an underscore in a claim', { headers: ['Host', 'a', 'X_Forwarded_For', '::1'] }, 400],
    ['an unknown expectation', { headers: ['Host', 'a', 'Expect', 'wonders'] }, 417],
    ['one of two', { headers: ['Host', 'a', 'Expect', '100-continue, wonders'] }, 417],
    ['too many fields', { headers: Array.from({ length: 202 }, () => 'x') }, 431],
  ])('%s', (_name, head, status) => {
    expect(inspect(head)).toMatchObject({ status });
  });
});

describe('a WebSocket handshake', () => {
  const upgrade = (head: Partial<RequestHead>) => isWebSocketUpgrade({ ...GET, ...head });

  test.each<[string, Partial<RequestHead>, boolean]>([
    ['is recognised in any case', { headers: ['upgrade', 'WebSocket'] }, true],
    ['is not h2c', { headers: ['Upgrade', 'h2c'] }, false],
    ['is not a list', { headers: ['Upgrade', 'websocket, h2c'] }, false],
    ['is a GET', { method: 'POST', headers: ['Upgrade', 'websocket'] }, false],
    ['has no body', { headers: ['Upgrade', 'websocket', 'Content-Length', '5'] }, false],
  ])('%s', (_name, head, expected) => {
    expect(upgrade(head)).toBe(expected);
  });
});
