import { describe, expect, test } from 'vitest';
import { forwardedRequestHeaders, withFailedNode } from './request-headers.js';
import { forwardedResponseHeaders, isEventStream, notMineLabel } from './response-headers.js';

const ORIGIN = { address: '192.0.2.7', protocol: 'http', host: 'shop.example' } as const;
const OURS = [
  ['Host', 'shop.example'],
  ['X-Forwarded-For', '192.0.2.7'],
  ['X-Forwarded-Proto', 'http'],
  ['X-Forwarded-Host', 'shop.example'],
].flat();

const request = (...headers: string[]) => forwardedRequestHeaders(headers, ORIGIN);

describe('request fields', () => {
  test('keep case, order and duplicates; ours follow', () => {
    expect(request('X-B', '1', 'x-a', '2', 'X-B', '3')).toEqual([
      ...['X-B', '1', 'x-a', '2', 'X-B', '3'],
      ...OURS,
    ]);
  });

  test.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Authorization',
    'Proxy-Connection',
    'TE',
    'Transfer-Encoding',
    'Upgrade',
    'HTTP2-Settings',
    'Expect',
    'Host',
  ])('%s ends here', (name) => {
    expect(request(name, 'value')).toEqual(OURS);
  });

  test.each([
    'X-Forwarded-For',
    'x-forwarded-port',
    'X-FORWARDED-USER',
    'Forwarded',
    'X-Real-IP',
    'X-Understudy-Failed-Node',
    'x-understudy-anything',
  ])('a claim in %s is removed', (name) => {
    expect(request(name, 'forged')).toEqual(OURS);
  });

  test('what Connection names is removed, in any case and from several fields', () => {
    expect(
      request('Connection', 'close, X-One', 'x-one', '1', 'connection', 'X-TWO', 'X-Two', '2'),
    ).toEqual(OURS);
  });

  test('Connection cannot remove what we add', () => {
    const named = 'x-forwarded-for, host, x-forwarded-proto, x-understudy-failed-node';
    expect(withFailedNode(request('Connection', named), 'a')).toEqual([
      ...OURS,
      'X-Understudy-Failed-Node',
      'a',
    ]);
  });
});

describe('response fields', () => {
  test('lose connection fields and internal ones, and keep the rest as it was', () => {
    expect(
      forwardedResponseHeaders([
        ...['set-cookie', 'a=1', 'Connection', 'X-Hop', 'X-Hop', '1', 'Set-Cookie', 'b=2'],
        ...['X-Understudy-Not-Mine', 'b', 'Keep-Alive', 'timeout=5', 'Content-Length', '3'],
      ]),
    ).toEqual(['set-cookie', 'a=1', 'Set-Cookie', 'b=2', 'Content-Length', '3']);
  });

  test('a 421 names another node only with our field and a proper label', () => {
    expect(notMineLabel(421, ['x-Understudy-not-mine', 'n2'])).toBe('n2');
    expect(notMineLabel(200, ['X-Understudy-Not-Mine', 'n2'])).toBeUndefined();
    expect(notMineLabel(421, ['X-Understudy-Not-Mine', 'http://evil'])).toBeUndefined();
    expect(notMineLabel(421, [])).toBeUndefined();
  });

  test('event streams are recognised with parameters', () => {
    expect(isEventStream(['Content-Type', 'Text/Event-Stream; charset=utf-8'])).toBe(true);
    expect(isEventStream(['Content-Type', 'text/html'])).toBe(false);
  });
});
