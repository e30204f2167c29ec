import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_NODE_COOKIE, NodeCookie, type NodeCookieOptions } from './node-cookie.js';

const SECRET = 'a secret of at least 32 characters';
const OTHER = 'quite another one of 32 characters';
const everybody = () => true;

function cookie(more: Partial<NodeCookieOptions> = {}, secrets = [SECRET]): NodeCookie {
  return new NodeCookie({ ...DEFAULT_NODE_COOKIE, ...more }, secrets);
}

function valueIn(setCookie: string): string {
  return /^[^=]+=([^;]*)/.exec(setCookie)?.[1] ?? '';
}

describe('what browsers get', () => {
  test.each<[Partial<NodeCookieOptions>, 'http' | 'https', string]>([
    [{}, 'http', '; Path=/; HttpOnly; SameSite=Lax'],
    [{}, 'https', '; Path=/; Secure; HttpOnly; SameSite=Lax'],
    [{ secure: true, sameSite: 'none' }, 'http', '; Path=/; Secure; HttpOnly; SameSite=None'],
    [{ secure: false }, 'https', '; Path=/; HttpOnly; SameSite=Lax'],
    [
      { domain: 'shop.example', path: '/a', maxAge: 60, httpOnly: false, sameSite: 'strict' },
      'http',
      '; Path=/a; Domain=shop.example; Max-Age=60; SameSite=Strict',
    ],
  ])('%j over %s', (options, protocol, attributes) => {
    const written = cookie(options).write('n1', undefined, protocol);
    expect(written).toMatch(/^sid-node=v1\.n1\.[A-Za-z0-9_-]{22};/);
    expect(written.slice(written.indexOf(';'))).toBe(attributes);
  });
});

describe('what is read', () => {
  const value = valueIn(cookie().write('n1', undefined, 'http'));

  test('is what was written', () => {
    expect(cookie().read(value, everybody, undefined)).toEqual({ label: 'n1', isNewest: true });
  });

  test('may have been written with a former secret', () => {
    const renewed = cookie({}, [OTHER, SECRET]);
    expect(renewed.read(value, everybody, undefined)).toEqual({ label: 'n1', isNewest: false });
    expect(cookie({}, [OTHER]).read(value, everybody, undefined)).toBeUndefined();
  });

  test('has to name a node that is known', () => {
    expect(cookie().read(value, (label) => label === 'n2', undefined)).toBeUndefined();
  });

  test('counts beside the very cookie of the application it was set with', () => {
    const bound = valueIn(cookie().write('n1', 'session 1', 'http'));
    expect(cookie().read(bound, everybody, 'session 1')?.label).toBe('n1');
    expect(cookie().read(bound, everybody, 'session 2')).toBeUndefined();
    expect(cookie().read(bound, everybody, undefined)).toBeUndefined();
    expect(cookie().read(value, everybody, 'session 1')).toBeUndefined();
  });

  test('is nothing that anybody made up', () => {
    const [, , mac = ''] = value.split('.');
    const forged = [
      `v1.n2.${mac}`,
      `v1.n1.${'A'.repeat(22)}`,
      `v1.n1.${mac}x`,
      `v2.n1.${mac}`,
      `v1.n1${mac}`,
      `v1..${mac}`,
      `v1.n.1.${mac}`,
      `v1.${'n'.repeat(33)}.${mac}`,
      ` ${value}`,
      'v1.n1.',
      'v1.',
      '',
      'é'.repeat(40),
      `v1.n1.${'é'.repeat(22)}`,
    ];
    for (const one of forged) expect(cookie().read(one, everybody, undefined)).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        expect(cookie().read(text, everybody, undefined)).toBeUndefined();
      }),
    );
  });

  test('goes on to be what it was when more labels came by than are remembered', () => {
    const one = cookie();
    const first = one.write('n1', undefined, 'http');
    for (let at = 0; at < 3_000; at++) one.write(`x${at}`, undefined, 'http');
    expect(one.write('n1', undefined, 'http')).toBe(first);
  });
});
