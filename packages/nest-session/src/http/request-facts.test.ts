import { describe, expect, test } from 'vitest';
import { requestFacts } from './request-facts.js';

const request = (headers: Record<string, string>) => ({
  method: 'GET',
  originalUrl: '/a?b=c',
  headers,
  protocol: 'http',
  host: 'shop.example:8080',
  ip: '10.0.0.1',
});

describe('requestFacts', () => {
  const forwarded = {
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'Shop.Example',
    'x-forwarded-for': '203.0.113.7, 198.51.100.2',
  };

  test('believes nothing that a client can write unless told so', () => {
    const facts = requestFacts(request(forwarded), false);
    expect([facts.secure, facts.host, facts.ip]).toEqual([false, 'shop.example:8080', '10.0.0.1']);
  });

  test('believes the nearest proxy with trustProxy', () => {
    const facts = requestFacts(request(forwarded), true);
    expect([facts.secure, facts.host, facts.ip]).toEqual([true, 'shop.example', '198.51.100.2']);
  });

  test('falls back to the framework where a proxy said nothing', () => {
    const facts = requestFacts(request({ 'x-forwarded-for': ' ' }), true);
    expect([facts.secure, facts.host, facts.ip]).toEqual([false, 'shop.example:8080', '10.0.0.1']);
  });

  test.each([
    ['https', true],
    ['HTTPS', true],
    ['wss', true],
    ['WSS', true],
    ['http, wss', true],
    ['ws', false],
    ['HTTP', false],
    ['httpss', false],
    ['https, http', false],
  ])('a proxy that says %s: secure is %s', (proto, secure) => {
    expect(requestFacts(request({ 'x-forwarded-proto': proto }), true).secure).toBe(secure);
    const framework = { ...request({}), protocol: proto.split(', ').at(-1) as string };
    expect(requestFacts(framework, false).secure).toBe(secure);
  });

  test('finds headers in any case', () => {
    expect(requestFacts(request({ 'x-csrf-token': 't' }), false).header('X-CSRF-Token')).toBe('t');
  });
});
