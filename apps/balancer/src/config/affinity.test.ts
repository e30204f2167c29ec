import { describe, expect, test } from 'vitest';
import { staticDirectory } from '../directory/static-directory.js';
import { normalizeOptions } from '../options.js';
import { describeFault } from './field.js';
import { cookieSecretsOf, type Environment, readConfig } from './read-config.js';

const NODES = { BALANCER_NODES: 'a=http://h:1' };
const SECRET = 'hunter2-hunter2-hunter2-hunter2-hunter2';
const SIGNED = `cookie: { secrets: [${SECRET}] }`;
const NAME = '1 to 64 characters of a name';
const PLACE = { separator: '.', field: -1 };

function read(text: string, environment: Environment = {}) {
  const file = { name: 'b.yaml', text };
  return readConfig({ file, environment: { ...NODES, ...environment } });
}

function messages(text: string, environment: Environment = {}): string[] {
  return read(text, environment).faults.map(describeFault);
}

describe('the methods of affinity', () => {
  test('are read from a list', () => {
    const text = `
affinity:
  - route
  - appCookie: { name: JSESSIONID, mode: suffix, separator: '!', field: 2 }
  - appCookie: PHPSESSID
  - header: X-User
  - param: { name: sid, mode: suffix }
  - clientIp
  - tlsSession
tls: { sessionIds: true }
`;
    expect(read(text).config?.affinity).toEqual([
      { by: 'route' },
      { by: 'appCookie', name: 'JSESSIONID', mode: 'suffix', separator: '!', field: 2 },
      { by: 'appCookie', name: 'PHPSESSID', mode: 'hash', ...PLACE },
      { by: 'header', name: 'X-User', mode: 'hash', ...PLACE },
      { by: 'param', name: 'sid', mode: 'suffix', ...PLACE },
      { by: 'clientIp' },
      { by: 'tlsSession' },
    ]);
  });

  test('and from the environment', () => {
    const BALANCER_AFFINITY = 'route, cookie, appCookie:APP:suffix, header:X-User, tlsSession';
    const BALANCER_COOKIE_SECRETS = SECRET;
    const BALANCER_TLS_SESSION_IDS = 'true';
    const environment = { BALANCER_AFFINITY, BALANCER_COOKIE_SECRETS, BALANCER_TLS_SESSION_IDS };
    expect(read('', environment).config).toMatchObject({
      affinity: [
        { by: 'route' },
        { by: 'cookie' },
        { by: 'appCookie', name: 'APP', mode: 'suffix', ...PLACE },
        { by: 'header', name: 'X-User', mode: 'hash', ...PLACE },
        { by: 'tlsSession' },
      ],
      cookie: { secrets: [SECRET] },
    });
    expect(read('', { BALANCER_AFFINITY: 'none' }).config?.affinity).toEqual([]);
  });

  test('go by TLS sessions only where these have ids', () => {
    expect(read('', { BALANCER_AFFINITY: 'tlsSession' })).toMatchObject({
      config: undefined,
      faults: [{ path: 'affinity', shown: 'tlsSession' }],
    });
  });

  const METHODS = 'route, cookie, clientIp, tlsSession, or appCookie, header, param with a name';
  test.each<[string, string]>([
    ['affinity: 3', `b.yaml:1: affinity is 3, expected at most 8 of ${METHODS}`],
    ['affinity: [ip]', `b.yaml:1: affinity[0] is "ip", expected ${METHODS}`],
    ['affinity: [appCookie]', `b.yaml:1: affinity[0] is "appCookie", expected ${METHODS}`],
    ['affinity: [{ header: a, param: b }]', `b.yaml:1: affinity[0] is a map, expected ${METHODS}`],
    [
      'affinity: [{ header: "a b" }]',
      `b.yaml:1: affinity[0].header.name is "a b", expected ${NAME}`,
    ],
    ['affinity: [{ param: "a&b" }]', `b.yaml:1: affinity[0].param.name is "a&b", expected ${NAME}`],
    [
      'affinity: [{ header: { mode: hash } }]',
      'b.yaml:1: affinity[0].header.name is undefined, expected a value',
    ],
    [
      'affinity: [{ header: { name: a, mode: learn } }]',
      'b.yaml:1: affinity[0].header.mode is "learn", expected suffix or hash',
    ],
    [
      'affinity: [{ appCookie: { name: a, mode: guess } }]',
      'b.yaml:1: affinity[0].appCookie.mode is "guess", expected suffix or hash or learn',
    ],
    [
      'affinity: [{ appCookie: { name: a, field: 0 } }]',
      'b.yaml:1: affinity[0].appCookie.field is 0, expected a whole number from 1 to 16, or from -16 to -1 to count from the end',
    ],
    [
      'affinity: [{ appCookie: { name: a, separator: "" } }]',
      'b.yaml:1: affinity[0].appCookie.separator is "", expected 1 to 4 characters',
    ],
    [
      'affinity: [{ appCookie: { nme: a } }]',
      'b.yaml:1: affinity[0].appCookie.nme is unknown, expected one of name, mode, separator, field',
    ],
    [
      'affinity: [clientIp, route]',
      'affinity[1] is route, expected route before every other method',
    ],
    ['affinity: [clientIp, clientIp]', 'affinity[1] is clientIp, expected each method once'],
    [
      `affinity: [cookie, { appCookie: { name: a, mode: learn } }]\n${SIGNED}`,
      'affinity is cookie, appCookie a (learn), expected one method that uses the cookie of the balancer',
    ],
    [
      `affinity: [${'route,'.repeat(9)}]`,
      `b.yaml:1: affinity is a list, expected at most 8 of ${METHODS}`,
    ],
  ])('%s', (text, message) => {
    expect(messages(text)).toEqual([message]);
  });

  test('a fault in the environment names its variable', () => {
    expect(messages('', { BALANCER_AFFINITY: 'route,cookies' })).toEqual([
      `BALANCER_AFFINITY: BALANCER_AFFINITY[1] is "cookies", expected ${METHODS}`,
    ]);
  });
});

describe('the cookie of the balancer', () => {
  const cookie = (keys: string): string => {
    return `affinity: [cookie]\ncookie: { secrets: ${SECRET}, ${keys} }`;
  };

  test.each([
    ['secure: true, sameSite: none'],
    ['name: __Host-node, secure: true'],
    ['name: __Secure-node, secure: true, domain: shop.example, path: /shop, maxAge: 3600'],
    ['httpOnly: false, sameSite: strict, secure: false'],
  ])('may be { %s }', (keys) => {
    expect(messages(cookie(keys))).toEqual([]);
  });

  test.each<[string, string]>([
    ['sameSite: none', 'cookie.secure is "auto", expected true with sameSite none'],
    ['sameSite: none, secure: false', 'cookie.secure is false, expected true with sameSite none'],
    ['name: __Host-n', 'cookie.secure is "auto", expected true for a cookie called __Host-n'],
    ['name: __secure-n', 'cookie.secure is "auto", expected true for a cookie called __secure-n'],
    [
      'name: __Host-n, secure: true, domain: shop.example',
      'cookie.domain is "shop.example", expected none for a cookie called __Host-n',
    ],
    [
      'name: __Host-n, secure: true, path: /a',
      'cookie.path is "/a", expected / for a cookie called __Host-n',
    ],
    ['name: sid-route', 'cookie.name is "sid-route", expected a name that no other cookie has'],
    ['name: "a;b"', 'b.yaml:2: cookie.name is "a;b", expected 1 to 64 characters of a cookie name'],
    ['path: a', 'b.yaml:2: cookie.path is "a", expected a path that begins with /'],
    [
      'domain: .shop.example',
      'b.yaml:2: cookie.domain is ".shop.example", expected a host name without a dot before it',
    ],
    ['secure: maybe', 'b.yaml:2: cookie.secure is "maybe", expected auto, true or false'],
    [
      'maxAge: 0',
      'b.yaml:2: cookie.maxAge is 0, expected a whole number of seconds from 1 to 34560000',
    ],
  ])('cannot be { %s }', (keys, message) => {
    expect(messages(cookie(keys))).toEqual([message]);
  });

  const MISSING =
    'cookie.secrets is undefined, expected a secret to sign it with (BALANCER_COOKIE_SECRETS), ' +
    'or a keyring of the bus';

  test('needs a secret, which the keyring of the bus may be', () => {
    expect(messages('affinity: [cookie]')).toEqual([MISSING]);
    expect(messages('affinity: [{ appCookie: { name: a, mode: learn } }]')).toEqual([MISSING]);
    const keyring = `affinity: [cookie]\nbus: { servers: nats://h, keyring: ["k:${SECRET}"] }\n`;
    expect(messages(keyring)).toEqual([]);
    expect(cookieSecretsOf(read(keyring).config as never)).toEqual([SECRET]);
    const other = SECRET.toUpperCase();
    const both = read(`${keyring}cookie: { secrets: [${other}] }`).config;
    expect(cookieSecretsOf(both as never)).toEqual([other]);
  });

  test('needs none where it is not used', () => {
    expect(messages('affinity: [route, clientIp]\ncookie: { sameSite: none }')).toEqual([]);
  });

  test.each([
    `secrets: short`,
    `secrets: [${SECRET}, 5]`,
    'secrets: []',
    `secrets: { a: ${SECRET} }`,
  ])('and shows no secret: %#', (keys) => {
    const told = messages(`affinity: [cookie]\ncookie: { ${keys} }`);
    expect(told).toEqual([
      'b.yaml:2: cookie.secrets is …, expected 1 to 4 texts of at least 32 characters, newest first',
    ]);
  });

  test('has a name of its own', () => {
    const text = `affinity: [{ appCookie: { name: sid-node, mode: learn } }]\n${SIGNED}`;
    expect(messages(text)).toEqual([
      'cookie.name is "sid-node", expected a name that no other cookie has',
    ]);
  });
});

describe('how requests are spread', () => {
  test.each<[string, string]>([
    [
      'boundedLoad: { factor: 0.9 }',
      'b.yaml:1: boundedLoad.factor is 0.9, expected a number from 1 to 100',
    ],
    [
      'slowStart: { fromShare: 0 }',
      'b.yaml:1: slowStart.fromShare is 0, expected a number from 0.01 to 1',
    ],
    [
      'slowStart: { durationMs: -1 }',
      'b.yaml:1: slowStart.durationMs is -1, expected a whole number of milliseconds from 0 to 2147483647',
    ],
  ])('%s', (text, message) => {
    expect(messages(text)).toEqual([message]);
  });
});

describe('options in code', () => {
  const directory = staticDirectory([]);

  test('are what they are in a file', () => {
    expect(normalizeOptions({ directory })).toMatchObject({
      affinity: [{ by: 'route' }],
      assignment: 'p2c',
    });
    expect(normalizeOptions({ directory, assignment: 'sticky' }).assignment).toBe('p2c');
  });

  test('round robin means that there is no affinity, unless there is said to be one', () => {
    const assignment = 'round-robin';
    expect(normalizeOptions({ directory, assignment }).affinity).toEqual([]);
    const affinity = [{ by: 'route' }] as const;
    expect(normalizeOptions({ directory, assignment, affinity }).affinity).toEqual(affinity);
  });

  test.each<[object, string]>([
    [{ assignment: 'random' }, 'assignment is "random", expected p2c or least-connections'],
    [{ affinity: [{ by: 'cookie' }] }, 'cookie.secrets is undefined, expected a secret'],
    [
      { affinity: [{ by: 'cookie' }], cookie: { secrets: [SECRET], path: '/\r\nX: y' } },
      'cookie.path is "/\\r\\nX: y", expected a path that begins with /',
    ],
    [
      { affinity: [{ by: 'cookie' }], cookie: { secrets: [SECRET], name: 'a b' } },
      'cookie.name is "a b", expected a cookie name',
    ],
    [
      { affinity: [{ by: 'cookie' }], cookie: { secrets: [SECRET], domain: 'a;b' } },
      'cookie.domain is "a;b", expected a host name',
    ],
    [
      { affinity: [{ by: 'cookie' }], cookie: { secrets: ['hunter2'] } },
      'cookie.secrets is …, expected texts of at least 32 characters',
    ],
    [{ boundedLoad: { factor: 0 } }, 'boundedLoad.factor is 0, expected a number from 1 to 100'],
    [{ slowStart: { durationMs: 1.5 } }, 'slowStart.durationMs is 1.5, expected a whole number'],
  ])('%j is refused', (options, message) => {
    expect(() => normalizeOptions({ directory, ...options })).toThrow(message);
  });
});
