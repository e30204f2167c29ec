import { describe, expect, test } from 'vitest';
import { KeyRing } from '../identity/key-ring.js';
import { buildRouteCookie, sameRoute, verifyRouteCookie } from './route-cookie.js';
import { RouteCookies } from './route-cookies.js';

const keys = new KeyRing(['a'.repeat(40)], 'route');
const sessionKey = 'k'.repeat(43);
const route = { owner: 'n1', backups: ['n2', 'n3'], version: { epoch: 4, seq: 17 } };

describe('route cookie', () => {
  const value = buildRouteCookie(route, sessionKey, keys);

  test('has the form of the contract', () => {
    expect(value).toMatch(/^v1\.n1\.n2\.n3\.4\.17\.[A-Za-z0-9_-]{22}$/);
    expect(verifyRouteCookie(value, sessionKey, keys)).toEqual(route);
  });

  test('a session without a copy has no backup label', () => {
    const alone = { ...route, backups: [] };
    const text = buildRouteCookie(alone, sessionKey, keys);
    expect(text).toMatch(/^v1\.n1\.4\.17\./);
    expect(verifyRouteCookie(text, sessionKey, keys)).toEqual(alone);
  });

  test.each([
    ['of another session', value, 'j'.repeat(43)],
    ['with another owner', value.replace('.n1.', '.n9.'), sessionKey],
    ['with a later version', value.replace('.17.', '.18.'), sessionKey],
    ['without its code', value.slice(0, value.lastIndexOf('.')), sessionKey],
    ['with a shorter code', value.slice(0, -1), sessionKey],
    ['with an empty code', value.replace(/[^.]+$/, ''), sessionKey],
    ['with too many labels', `v1.${'n.'.repeat(30)}1.1.${'x'.repeat(22)}`, sessionKey],
    ['that is empty', '', sessionKey],
  ])('a route %s is ignored', (_name, forged, key) => {
    expect(verifyRouteCookie(forged, key, keys)).toBeUndefined();
  });

  test('a signed payload of another form is ignored', () => {
    const sign = (payload: string) =>
      `${payload}.${keys.sign(`${sessionKey}.${payload}`).slice(0, 22)}`;
    expect(verifyRouteCookie(sign('v1.n1.4.17'), sessionKey, keys)).toBeDefined();
    for (const payload of ['v2.n1.4.17', 'v1.n 1.4.17', 'v1.n1.x.17', 'v1.n1.4.-1', 'v1..4.17']) {
      expect(verifyRouteCookie(sign(payload), sessionKey, keys)).toBeUndefined();
    }
  });
});

describe('sameRoute', () => {
  test.each([
    ['the same route', route, true],
    ['nothing', undefined, false],
    ['another owner', { ...route, owner: 'n9' }, false],
    ['other backups', { ...route, backups: ['n3', 'n2'] }, false],
    ['fewer backups', { ...route, backups: ['n2'] }, false],
    ['a newer version', { ...route, version: { epoch: 4, seq: 18 } }, false],
    ['a newer epoch', { ...route, version: { epoch: 5, seq: 17 } }, false],
  ])('%s', (_name, other, expected) => {
    expect(sameRoute(other, route)).toBe(expected);
  });
});

describe('RouteCookies', () => {
  test('finds the one that belongs to the session, the first time and later', () => {
    const routes = new RouteCookies(keys, 4);
    const [mine, other] = [routes.build(route, sessionKey), routes.build(route, 'o'.repeat(43))];
    for (const _time of [1, 2]) {
      expect(routes.find(['junk', other, mine], sessionKey)).toEqual(route);
      expect(routes.find([other], sessionKey)).toBeUndefined();
    }
  });

  test('follows a session whose route moves', () => {
    const routes = new RouteCookies(keys, 4);
    const moved = { ...route, owner: 'n2', version: { epoch: 5, seq: 1 } };
    const [before, after] = [routes.build(route, sessionKey), routes.build(moved, sessionKey)];
    expect(routes.find([before], sessionKey)).toEqual(route);
    expect(routes.find([after], sessionKey)).toEqual(moved);
    expect(routes.find([before], sessionKey)).toEqual(route);
  });
});
