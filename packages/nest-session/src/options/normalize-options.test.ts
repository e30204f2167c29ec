import { memoryTier, memoryTransport } from '@understudy/replication';
import { describe, expect, test } from 'vitest';
import { SessionOptionError } from '../errors.js';
import type { SessionModuleOptions } from '../session.options.js';
import { normalizeSessionOptions } from './normalize-options.js';

const secret = 's'.repeat(32);
const development = { production: false, randomSecret: () => 'r'.repeat(43) };
const production = { ...development, production: true };

describe('normalizeSessionOptions', () => {
  test('needs nothing for development', () => {
    expect(normalizeSessionOptions({}, development)).toMatchObject({
      secrets: ['r'.repeat(43)],
      secretIsRandom: true,
      cluster: undefined,
      idleTimeoutMs: 30 * 60_000,
      absoluteTimeoutMs: 12 * 3_600_000,
      maxBytes: 262_144,
      durability: 'backup',
      csrf: { trustedOrigins: [], refusesCrossSiteReads: true, requirePreflight: false },
      reportsSafeMethodWrites: true,
      onConflict: 'merge',
      binding: { userAgent: 'off', ip: 'off' },
      clearSiteData: undefined,
      idempotency: 'auto',
      trustProxy: false,
      strict: true,
    });
  });

  test('needs a secret with a tier: nobody would be recognised after a restart', () => {
    const tier = memoryTier();
    expect(() => normalizeSessionOptions({ tier }, development)).toThrow(/secret/);
    expect(normalizeSessionOptions({ tier, secret }, development)).toMatchObject({ tier });
    const options = { secret, tier: {} as never };
    expect(() => normalizeSessionOptions(options, development)).toThrow(/tier/);
  });

  test('takes a bound on memory in any unit', () => {
    const cluster = { servers: 'nats://a', memory: { maxBytes: '2gb' } };
    expect(normalizeSessionOptions({ secret, cluster }, development)).toMatchObject({
      maxMemoryBytes: 2 ** 31,
    });
  });

  test('takes what it is given', () => {
    const options = normalizeSessionOptions(
      {
        secret: [secret, 't'.repeat(40)],
        cluster: { servers: 'nats://127.0.0.1:4222', durability: 'all', drainDeadline: '5s' },
        timeouts: { idle: '1h', absolute: '2d' },
        limits: { maxBytes: '64kb', perPrincipal: 3, onLimit: 'reject' },
        csrf: { trustedOrigins: ['https://admin.example'] },
        idempotency: 'marked',
        trustProxy: true,
        strict: false,
      },
      production,
    );
    expect(options).toMatchObject({
      secrets: [secret, 't'.repeat(40)],
      secretIsRandom: false,
      drainDeadlineMs: 5000,
      idleTimeoutMs: 3_600_000,
      absoluteTimeoutMs: 172_800_000,
      maxBytes: 65_536,
      perPrincipal: 3,
      onLimit: 'reject',
      durability: 'all',
      csrf: { trustedOrigins: ['https://admin.example'] },
      idempotency: 'marked',
      trustProxy: true,
      strict: false,
    });
  });

  test('announces a shutdown for as long as it is told, and by default for no time', () => {
    const announceMs = (announce?: string) =>
      normalizeSessionOptions({ shutdown: { announce } }, development).shutdown.announceMs;
    expect([announceMs(), announceMs('5s')]).toEqual([0, 5000]);
    expect(() => announceMs('11m')).toThrow(/shutdown\.announce is "11m", .* from 0ms to 10m/);
    const unknown = { shutdown: { announceMs: 5 } } as SessionModuleOptions;
    expect(() => normalizeSessionOptions(unknown, development)).toThrow(/shutdown\.announceMs/);
  });

  test('keeps others out as it is told', () => {
    const options = normalizeSessionOptions(
      {
        csrf: { crossSiteReads: 'allow', requirePreflight: true, safeMethodWrites: 'allow' },
        binding: { userAgent: 'reject', ip: 'reauthenticate' },
        clearSiteData: ['cookies'],
      },
      development,
    );
    expect(options).toMatchObject({
      csrf: { refusesCrossSiteReads: false, requirePreflight: true },
      reportsSafeMethodWrites: false,
      binding: { userAgent: 'reject', ip: 'reauthenticate' },
      clearSiteData: '"cookies"',
    });
  });

  test('reports writes of safe methods while it is strict', () => {
    const reports = (strict: boolean, csrf?: SessionModuleOptions['csrf']) =>
      normalizeSessionOptions({ strict, csrf }, development).reportsSafeMethodWrites;
    expect([reports(true), reports(false), reports(true, false)]).toEqual([true, false, false]);
    expect(reports(false, { safeMethodWrites: 'report' })).toBe(true);
  });

  test('csrf: false switches the check off and production the strictness', () => {
    const options = normalizeSessionOptions({ secret, csrf: false }, production);
    expect([options.csrf, options.strict]).toEqual([undefined, false]);
  });

  test('a long idle time raises the default of the absolute one', () => {
    const options = normalizeSessionOptions({ timeouts: { idle: '2d' } }, development);
    expect(options.absoluteTimeoutMs).toBe(172_800_000);
  });

  test.each<[string, unknown, RegExp]>([
    [
      'an unknown option',
      { secrets: secret },
      /option secrets is .*expected one of secret, cluster/,
    ],
    [
      'an unknown inner option',
      { timeouts: { idl: '1m' } },
      /timeouts\.idl is "1m".*idle, absolute/,
    ],
    [
      'text where an object belongs',
      { cookie: 'sid' },
      /cookie is "sid", expected an object with name/,
    ],
    [
      'a keyring without keys',
      { secret, cluster: { servers: 'nats://x', keyring: [] } },
      /cluster\.keyring is .*newest first/,
    ],
    [
      'a keyring that is no list',
      { secret, cluster: { servers: 'nats://x', keyring: 'secret' } },
      /cluster\.keyring is .*newest first/,
    ],
    ['a secret that is too short', { secret: 'short' }, /secret is "5 characters".*at least 32/],
    ['a short secret among good ones', { secret: [secret, 'x'] }, /secret is "1 characters"/],
    ['a secret that is no text', { secret: 42 }, /secret is "number"/],
    ['too many secrets', { secret: Array(9).fill(secret) }, /secret is "9 secrets".*at most 8/],
    ['no session per principal', { limits: { perPrincipal: 0 } }, /perPrincipal is 0.* 1 to 100/],
    ['more than can be listed', { limits: { perPrincipal: 101 } }, /perPrincipal is 101/],
    [
      'a policy without a limit',
      { limits: { onLimit: 'reject' } },
      /limits\.onLimit is "reject", expected limits\.perPrincipal beside it/,
    ],
    [
      'a policy that nobody knows',
      { limits: { onLimit: 'ask' } },
      /limits\.onLimit is "ask", expected "evict-oldest" or "reject"/,
    ],
    ['an idle time that is none', { timeouts: { idle: 'soon' } }, /timeouts\.idle is "soon"/],
    ['an idle time below a minute', { timeouts: { idle: '5s' } }, /timeouts\.idle is "5s"/],
    [
      'an absolute time below the idle one',
      { timeouts: { idle: '2h', absolute: '1h' } },
      /timeouts\.absolute is "1h", expected a time from 2h/,
    ],
    ['a profile that is none', { timeouts: 'aal4' }, /timeouts is "aal4".*"aal1" or "aal2"/],
    ['timeouts that are neither', { timeouts: true }, /timeouts is true/],
    [
      'a renewal more often than ids are replaced',
      { timeouts: { renew: '30s' } },
      /timeouts\.renew is "30s", expected a time from 1m to 12h/,
    ],
    [
      'a renewal that never comes',
      { timeouts: { renew: '13h' } },
      /timeouts\.renew is "13h", expected a time from 1m to 12h/,
    ],
    [
      'a remembered login that ends before others do',
      { timeouts: { remember: '10m' } },
      /timeouts\.remember is "10m", expected a time from 30m/,
    ],
    ['a transport that is none', { transport: ['cookie', 'body'] }, /transport is "body"/],
    ['no transport at all', { transport: [] }, /transport is "empty".*cookie or header/],
    ['addresses alone', { transport: ['url'] }, /transport is "url".*cookie or header/],
    ['a size that is none', { limits: { maxBytes: 'big' } }, /limits\.maxBytes is "big"/],
    [
      'an idempotency mode that is none',
      { idempotency: 'always' },
      /idempotency is "always".*"auto"/,
    ],
    [
      'an origin with a path',
      { csrf: { trustedOrigins: ['https://a.example/x'] } },
      /trustedOrigins/,
    ],
    [
      'a binding that is none',
      { binding: { userAgent: 'warn' } },
      /binding\.userAgent is "warn".*"reauthenticate"/,
    ],
    [
      'a group of reads that is none',
      { csrf: { crossSiteReads: false } },
      /csrf\.crossSiteReads is false.*"refuse"/,
    ],
    [
      'a conflict mode that is none',
      { onConflict: 'overwrite' },
      /onConflict is "overwrite".*"reject"/,
    ],
    ['nothing to clear', { clearSiteData: [] }, /clearSiteData is .*some of cache/],
    ['something else to clear', { clearSiteData: ['all'] }, /clearSiteData is "all".*"storage"/],
    [
      'a cluster without a bus',
      { secret, cluster: { name: 'shop' } },
      /cluster\.servers is undefined/,
    ],
    [
      'a cluster with two buses',
      { secret, cluster: { servers: 'nats://a', transport: memoryTransport() } },
      /either servers or a transport/,
    ],
    [
      'a durability that is none',
      { secret, cluster: { servers: 'nats://a', durability: 'some' } },
      /cluster\.durability is "some"/,
    ],
    [
      'a memory that holds nothing',
      { secret, cluster: { servers: 'nats://a', memory: { maxBytes: '64kb' } } },
      /cluster\.memory\.maxBytes is "64kb"/,
    ],
    [
      'a bound that would have no effect',
      { secret, cluster: { servers: 'nats://a', memory: { maxByte: '1gb' } } },
      /cluster\.memory\.maxByte .*there are maxBytes/,
    ],
    [
      'a pace of repairs that would have no effect',
      { secret, cluster: { servers: 'nats://a', repair: { bytes: 1 } } },
      /cluster\.repair\.bytes .*there are bytesPerSecond/,
    ],
    ['a clock that tells no date', { clock: { nowMs: () => 0 } }, /clock is .*FakeClock/],
    [
      'a cookie no browser would take',
      { cookie: { name: '__Host-a', path: '/x' } },
      /cookie\.path/,
    ],
  ])('refuses %s', (_name, options, message) => {
    const normalize = () => normalizeSessionOptions(options as SessionModuleOptions, development);
    expect(normalize).toThrow(SessionOptionError);
    expect(normalize).toThrow(message);
  });

  test.each([
    ['in production', {}, production, /NODE_ENV is production; make one with node -e/],
    [
      'in a cluster',
      { cluster: { servers: 'nats://a' } },
      development,
      /all nodes, and those after a restart, must agree on it/,
    ],
  ])(
    'refuses to start without a secret %s, and says how to make one',
    (_n, options, env, message) => {
      expect(() => normalizeSessionOptions(options, env)).toThrow(message);
      expect(() => normalizeSessionOptions(options, env)).toThrow(/randomBytes\(32\)/);
    },
  );

  test('no message shows a secret', () => {
    expect(() => normalizeSessionOptions({ secret: 'hunter2' }, development)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hunter2') }),
    );
  });
});
