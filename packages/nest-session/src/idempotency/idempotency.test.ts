import { describe, expect, test } from 'vitest';
import { SessionRequestError } from '../errors.js';
import type { ResponseDraft } from '../http/settlement.js';
import { requestFingerprint } from './fingerprint.js';
import { parseIdempotencyKey } from './idempotency-key.js';
import { encodeOutcome, isRemembered, replayOutcome } from './outcome.js';

describe('parseIdempotencyKey', () => {
  test.each([
    [undefined, undefined],
    ['"8e03978e-40d5"', '8e03978e-40d5'],
    ['8e03978e-40d5', '8e03978e-40d5'],
    ['  "a"  ', 'a'],
    ['"a\\"b"', 'a"b'],
    ['"a";x=1', 'a'],
    ['"a"; x="1;\\"2"; y', 'a'],
    ['"a,b;c"', 'a,b;c'],
    [`"${'k'.repeat(255)}"`, 'k'.repeat(255)],
  ])('%j is the key %j', (header, expected) => {
    expect(parseIdempotencyKey(header)).toBe(expected);
  });

  test.each(
    [
      ['"abc', 'abc"', '"a"x', 'a";b', 'a,b', 'a;b', '"a","b"', '"a";"b"', '"a\\x"', '"a";x="1'],
      ['', '""', '"a b"', 'a b', 'käse', 'k'.repeat(256), '"\u0007"', '   '],
    ].flat(),
  )('%j is refused', (header) => {
    expect(() => parseIdempotencyKey(header)).toThrow(SessionRequestError);
  });
});

describe('requestFingerprint', () => {
  const print = requestFingerprint('POST', '/orders', { sku: 'a' });

  test('is the same for the same request', () => {
    expect(requestFingerprint('POST', '/orders', { sku: 'a' })).toBe(print);
    expect(print).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test('of the same bytes is the same parsed, as text and raw', () => {
    expect(requestFingerprint('POST', '/orders', '{"sku":"a"}')).toBe(print);
    expect(requestFingerprint('POST', '/orders', Buffer.from('{"sku":"a"}'))).toBe(print);
  });

  test.each([
    ['method', requestFingerprint('PUT', '/orders', { sku: 'a' })],
    ['path', requestFingerprint('POST', '/order', { sku: 'a' })],
    ['query', requestFingerprint('POST', '/orders?x=1', { sku: 'a' })],
    ['body', requestFingerprint('POST', '/orders', { sku: 'b' })],
    ['no body', requestFingerprint('POST', '/orders', undefined)],
  ])('differs by %s', (_name, other) => {
    expect(other).not.toBe(print);
  });
});

describe('isRemembered', () => {
  test.each([
    [200, true],
    [201, true],
    [302, true],
    [400, true],
    [404, true],
    [409, true],
    [422, true],
    [401, false],
    [403, false],
    [429, false],
    [500, false],
    [503, false],
  ])('%d: %s', (status, expected) => {
    expect(isRemembered(status)).toBe(expected);
  });
});

describe('outcomes', () => {
  const draft = (body: ResponseDraft['body'], headers: Record<string, string> = {}) => ({
    status: 201,
    body,
    header: (name: string) => headers[name],
  });

  test.each([
    ['text', '{"id":1}', '{"id":1}'],
    ['bytes of text', Buffer.from('{"id":1}'), '{"id":1}'],
    ['bytes that are no text', Buffer.from([0xff, 0, 0x80]), Buffer.from([0xff, 0, 0x80])],
    ['nothing', '', ''],
  ])('give %s again', (_name, body, expected) => {
    const { bytes, complete } = encodeOutcome(
      draft(body, { 'content-type': 'application/json', location: '/orders/1' }),
    );
    expect(complete).toBe(true);
    expect(replayOutcome(bytes)).toEqual({
      status: 201,
      headers: {
        'Content-Type': 'application/json',
        Location: '/orders/1',
        'Idempotent-Replayed': 'true',
      },
      body: expected,
    });
  });

  test('give the coding and the language of a body again', () => {
    const headers = { 'content-encoding': 'gzip', 'content-language': 'de' };
    expect(replayOutcome(encodeOutcome(draft(Buffer.from([0x1f, 0x8b]), headers)).bytes)).toEqual({
      status: 201,
      headers: {
        'Content-Encoding': 'gzip',
        'Content-Language': 'de',
        'Idempotent-Replayed': 'true',
      },
      body: Buffer.from([0x1f, 0x8b]),
    });
  });

  test('that leave the body out say nothing of it', () => {
    const headers = {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'content-language': 'de',
      location: '/orders/1',
    };
    expect(replayOutcome(encodeOutcome(draft(undefined, headers)).bytes).headers).toEqual({
      Location: '/orders/1',
      'Idempotent-Replayed': 'true',
    });
  });

  test('never hold a cookie', () => {
    const { bytes } = encodeOutcome(draft('x', { 'set-cookie': 'sid=secret' }));
    expect(Buffer.from(bytes).toString()).not.toContain('secret');
  });

  test.each([
    ['too long', 'x'.repeat(5000)],
    ['too long once encoded', Buffer.alloc(4000, 0xff)],
    ['not in memory', undefined],
  ])('leave out a body that is %s', (_name, body) => {
    const { bytes, complete } = encodeOutcome(draft(body));
    expect(complete).toBe(false);
    expect(bytes.length).toBeLessThan(200);
    expect(replayOutcome(bytes)).toMatchObject({ status: 201, body: '' });
  });
});
