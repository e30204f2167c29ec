import { describe, expect, test } from 'vitest';
import { SessionOptionError } from '../errors.js';
import type { SessionModuleOptions } from '../session.options.js';
import { normalizeSessionOptions } from './normalize-options.js';

const secret = 's'.repeat(32);
const development = { production: false, randomSecret: () => 'r'.repeat(43) };

const GROUPS = ['cluster', 'cookie', 'limits', 'schema', 'sockets', 'binding', 'legacyCookies'];

const normalize = (options: object) => () =>
  normalizeSessionOptions({ secret, ...options } as SessionModuleOptions, development);

function expectRefusal(options: object, message: string): void {
  expect(normalize(options)).toThrow(SessionOptionError);
  expect(normalize(options)).toThrow(`SessionModule option ${message}`);
}

describe('a group of options', () => {
  test.each(GROUPS.flatMap((group) => [true, false].map((value) => [group, value] as const)))(
    '%s: %s stops the start instead of meaning the defaults',
    (group, value) => {
      expectRefusal({ [group]: value }, `${group} is ${value}, expected an object with `);
    },
  );

  test.each([...GROUPS, 'csrf', 'timeouts'])('%s is no list', (group) => {
    expectRefusal({ [group]: [] }, `${group} is a Array, expected an object with `);
  });

  test.each([...GROUPS, 'csrf', 'timeouts'])('%s is not null', (group) => {
    expectRefusal({ [group]: null }, `${group} is null, expected an object with `);
  });

  test('is a boolean only where its type says so', () => {
    expect(normalize({ csrf: false })().csrf).toBeUndefined();
    expect(normalize({ csrf: true })().csrf).toMatchObject({ refusesCrossSiteReads: true });
    expect(normalize({ limits: { newSessions: false } })().newSessions).toBeUndefined();
  });
});

describe('an option inside of a group', () => {
  const cluster = { servers: 'nats://a' };
  test.each<[string, object, string]>([
    [
      'a bound on memory that is none',
      { cluster: { ...cluster, memory: true } },
      'cluster.memory is true, expected an object with maxBytes',
    ],
    [
      'a pace of repairs that is none',
      { cluster: { ...cluster, repair: [] } },
      'cluster.repair is a Array, expected an object with bytesPerSecond',
    ],
    ...[true, null, [], 300].map((value): [string, object, string] => [
      `a limit on new sessions that is ${JSON.stringify(value)}`,
      { limits: { newSessions: value } },
      `limits.newSessions is ${Array.isArray(value) ? 'a Array' : value}, expected `,
    ]),
    ...[null, true, 'https://a.example', {}].map((value): [string, object, string] => [
      `trusted origins that are ${JSON.stringify(value)}`,
      { csrf: { trustedOrigins: value } },
      'csrf.trustedOrigins is ',
    ]),
    [
      'a trusted origin that is no text',
      { csrf: { trustedOrigins: [null] } },
      'csrf.trustedOrigins is null, expected origins such as ',
    ],
    ...[null, true, 'https://a.example', {}].map((value): [string, object, string] => [
      `origins of sockets that are ${JSON.stringify(value)}`,
      { sockets: { origins: value } },
      'sockets.origins is ',
    ]),
    ...[null, true, [], 'no'].map((value): [string, object, string] => [
      `migrations that are ${JSON.stringify(value)}`,
      { schema: { version: 1, migrate: value } },
      'schema.migrate is ',
    ]),
    [
      'a schema that is null',
      { schema: { version: 1, schema: null } },
      'schema.schema is null, expected a schema that speaks Standard Schema',
    ],
  ])('stops the start: %s', (_name, options, message) => {
    expectRefusal(options, message);
  });

  const domains = [
    'a..b',
    '.',
    '..a',
    'a.',
    '-a.example',
    'a-.example',
    `${'a'.repeat(64)}.example`,
  ];
  test.each(domains)('a domain that no host has stops the start: %s', (domain) => {
    expectRefusal({ cookie: { domain } }, `cookie.domain is ${JSON.stringify(domain)}, expected `);
    const legacyCookies = { secret: 'cat', store: { get: () => {}, destroy: () => {} }, domain };
    expectRefusal(
      { legacyCookies },
      `legacyCookies.domain is ${JSON.stringify(domain)}, expected `,
    );
  });

  test.each([
    'shop.example',
    '.shop.example',
    'localhost',
    'a-b.shop.example',
    'xn--bcher-kva.example',
  ])('a domain that a host may have is taken: %s', (domain) => {
    expect(normalize({ cookie: { domain } })().cookies.domain).toBe(domain);
  });
});
