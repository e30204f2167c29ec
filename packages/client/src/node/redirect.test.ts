import { describe, expect, test } from 'vitest';
import { nextHop } from './redirect.js';

const url = 'https://shop.test/api/login';
const secrets = {
  authorization: 'x',
  cookie: 'own=1',
  'idempotency-key': '"k"',
  'session-min-rev': '1.2',
  'x-csrf-token': 't',
};
const hop = (method: string, headers: Record<string, string> = {}, body?: BodyInit) => ({
  url,
  init: { method, headers, ...(body !== undefined && { body }) },
});
const namesOf = (headers: HeadersInit | undefined) => [...new Headers(headers).keys()];

describe('the method after a redirect', () => {
  test.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [302, 'PUT', 'PUT'],
    [302, 'GET', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'DELETE', 'DELETE'],
  ])('%i of %s is %s', (status, method, expected) => {
    const next = nextHop(hop(method), { status, location: '/' });
    expect(next?.init.method).toBe(expected);
  });

  test('that became GET leaves body, its headers and the key behind', () => {
    const headers = { 'content-type': 'x', 'idempotency-key': '"k"', accept: 'y' };
    const next = nextHop(hop('POST', headers, 'body'), { status: 303, location: '/done' });
    expect(next?.url).toBe('https://shop.test/done');
    expect(next?.init.body).toBeUndefined();
    expect(namesOf(next?.init.headers)).toEqual(['accept']);
  });

  test('that stayed keeps all of them', () => {
    const next = nextHop(hop('POST', secrets, 'body'), { status: 307, location: '/other' });
    expect(next?.init.body).toBe('body');
    expect(namesOf(next?.init.headers)).toEqual(Object.keys(secrets));
  });
});

test.each(['https://other.test/', 'http://shop.test/', 'https://shop.test:444/'])(
  'secrets do not follow to %s',
  (location) => {
    const next = nextHop(hop('GET', { ...secrets, accept: 'y' }), { status: 302, location });
    expect(namesOf(next?.init.headers)).toEqual(['accept']);
  },
);

test('an answer that is no redirect ends the chain', () => {
  expect(nextHop(hop('GET'), { status: 200, location: '/x' })).toBeUndefined();
  expect(nextHop(hop('GET'), { status: 304, location: '/x' })).toBeUndefined();
  expect(nextHop(hop('GET'), { status: 302, location: null })).toBeUndefined();
});

test('a redirect that cannot be followed is an error', () => {
  expect(() => nextHop(hop('GET'), { status: 302, location: 'file:///etc' })).toThrow(TypeError);
  expect(() => nextHop(hop('GET'), { status: 302, location: 'http://[' })).toThrow(TypeError);
  const streaming = { url, init: { method: 'POST', body: new ReadableStream() } };
  expect(() => nextHop(streaming, { status: 307, location: '/' })).toThrow(TypeError);
});
