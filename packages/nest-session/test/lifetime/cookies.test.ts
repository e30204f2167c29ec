import fc from 'fast-check';
import { CookieJar } from 'tough-cookie';
import { describe, expect, test } from 'vitest';
import {
  type CookieOptions,
  type CookiePolicy,
  cookiePolicy,
} from '../../src/cookie/cookie-policy.js';
import { SessionOptionError } from '../../src/errors.js';
import { responseEffects } from '../../src/exchange/response-effects.js';
import { signIdCookie } from '../../src/identity/id-cookie.js';
import { KeyRing } from '../../src/identity/key-ring.js';
import type { SessionModuleOptions } from '../../src/index.js';
import { buildRouteCookie } from '../../src/route/route-cookie.js';
import { createTestCluster } from '../../src/testing/index.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, startApp } from '../support/start-app.js';
import { LifetimeModule } from './lifetime-app.js';

const secret = 's'.repeat(32);
const https = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' };

/** What a strict browser on this page makes of cookies: the names it keeps. */
async function keptBy(url: string, cookies: readonly string[]): Promise<string[]> {
  const jar = new CookieJar(undefined, { prefixSecurity: 'strict', rejectPublicSuffixes: true });
  for (const cookie of cookies) await jar.setCookie(cookie, url);
  return (await jar.getCookies(url)).map(({ key }) => key).sort();
}

describe.each(ADAPTERS)('the cookies of %s', (adapter) => {
  async function begin(options: SessionModuleOptions, headers: Record<string, string> = https) {
    const running = await startApp({
      adapter,
      controllers: [shopController()],
      options: { secret, trustProxy: true, ...options },
    });
    try {
      const read = await fetch(`${running.url}/cart`, { headers });
      const logs = running.logs.text;
      const response = await fetch(`${running.url}/cart/tea`, { method: 'POST', headers });
      const cookies = response.headers.getSetCookie();
      return {
        status: response.status,
        read: read.status,
        cookies,
        logs,
        allLogs: running.logs.text,
      };
    } finally {
      await running.close();
    }
  }

  test('are Secure with a prefix, and a strict browser keeps them (ASVS 3.3.1)', async () => {
    const { cookies } = await begin({});
    expect(cookies.length).toBe(3);
    for (const cookie of cookies) expect(cookie).toMatch(/^__Host-sid.*; Secure/);
    const names = ['__Host-sid', '__Host-sid-csrf', '__Host-sid-route'];
    expect(await keptBy('https://shop.example/', cookies)).toEqual(names);
  });

  test('are not sent over plain http, and the log says why, also on a read (ASVS 3.3.1)', async () => {
    const { status, read, cookies, logs } = await begin({ cookie: { secure: true } }, {});
    expect([read, status, cookies]).toEqual([200, 500, []]);
    expect(logs).toMatch(/cookie\.secure is true and the request came over plain http/);
  });

  test.each([
    ['Lax', {}],
    ['Strict', { sameSite: 'strict' }],
    ['None', { sameSite: 'none', secure: true }],
  ] as const)('say SameSite=%s, each of them (ASVS 3.3.2)', async (word, cookie) => {
    const { cookies } = await begin({ cookie });
    for (const text of cookies) {
      expect(text.split('; ').filter((part) => part.startsWith('SameSite'))).toEqual([
        `SameSite=${word}`,
      ]);
    }
  });

  test('are bound to the host (ASVS 3.3.3)', async () => {
    const { cookies } = await begin({});
    for (const cookie of cookies) {
      expect(cookie.startsWith('__Host-')).toBe(true);
      expect(cookie.split('; ')).toContain('Path=/');
      expect(cookie).not.toContain('Domain');
    }
  });

  test('are shared with subdomains only under another name (ASVS 3.3.3)', async () => {
    const cookie = { name: '__Host-sid', domain: 'shop.example' };
    const start = createTestCluster({
      module: LifetimeModule,
      adapter,
      nodes: 1,
      options: { cookie },
    });
    await expect(start).rejects.toThrow(/cookie\.domain .*expected no domain/);
    const { cookies } = await begin({ cookie: { domain: 'shop.example' } });
    for (const text of cookies) expect(text).toMatch(/^__Secure-sid.*; Domain=shop\.example/);
    expect((await keptBy('https://www.shop.example/', cookies)).length).toBe(3);
  });

  test('take no more than 4096 bytes each with the longest names and paths (ASVS 3.3.5)', async () => {
    const path = `/${'p'.repeat(255)}`;
    const name = `__Secure-${'n'.repeat(55)}`;
    const { cookies } = await begin({ cookie: { name, path, domain: 'shop.example' } });
    expect(cookies.length).toBe(3);
    for (const text of cookies) {
      const pair = text.slice(0, text.indexOf(';'));
      expect(pair).toContain(name);
      expect(Buffer.byteLength(pair)).toBeLessThanOrEqual(4096);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    }
  });

  test('are kept apart by the embedding site where that is asked for', async () => {
    const cookie = { partitioned: true, sameSite: 'none', secure: true, priority: 'high' } as const;
    const { cookies } = await begin({ cookie });
    expect(cookies.length).toBe(3);
    for (const text of cookies) {
      expect(text).toMatch(/; Secure; SameSite=None; Partitioned; Priority=High$/);
    }
    expect((await keptBy('https://shop.example/', cookies)).length).toBe(3);
  });
});

/** The largest cookies there can be under a policy. */
function largestCookies(policy: CookiePolicy): string[] {
  const keys = new KeyRing([secret], 'session-id');
  const version = { epoch: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER };
  const label = 'l'.repeat(32);
  const route = { owner: label, backups: Array<string>(7).fill(label), version };
  const names = {
    id: policy.secureName,
    route: `${policy.secureName}-route`,
    csrf: `${policy.secureName}-csrf`,
    all: new Set<string>(),
  };
  const { cookies } = responseEffects({
    names,
    channel: 'cookie',
    policy,
    secure: true,
    node: label,
    session: {
      snapshot: {
        key: 'k'.repeat(43),
        ...route,
        document: { data: {}, system: {} },
        idleRemainingMs: 1,
        absoluteRemainingMs: 1,
      },
      idleRemainingMs: 1,
      copies: 7,
      maxAgeSeconds: 365 * 86_400,
      idCookie: signIdCookie('i'.repeat(43), 36 ** 9 - 1, keys),
      routeCookie: buildRouteCookie(route, 'k'.repeat(43), keys),
      csrfCookie: 'c'.repeat(32),
      adoptedFrom: undefined,
    },
    clearSiteData: undefined,
    forget: false,
    draining: false,
  });
  return cookies;
}

const token = fc.stringMatching(/^[a-z][A-Za-z0-9_-]{0,63}$/);
const anyOptions: fc.Arbitrary<CookieOptions> = fc.record(
  {
    name: fc.oneof(
      token,
      token.map((text) => `__Host-${text}`.slice(0, 64)),
      token.map((text) => `__Secure-${text}`.slice(0, 64)),
    ),
    secure: fc.constantFrom(true, false, 'auto' as const),
    sameSite: fc.constantFrom('lax', 'strict', 'none'),
    domain: fc.constantFrom(undefined, 'shop.example', `${'a'.repeat(60)}.shop.example`),
    path: fc.oneof(fc.constant('/'), fc.stringMatching(/^\/[a-z0-9/]{0,255}$/)),
    partitioned: fc.boolean(),
    priority: fc.constantFrom(undefined, 'low', 'medium', 'high'),
  },
  { requiredKeys: [] },
);

describe('whatever the options', () => {
  test('no cookie takes more than 4096 bytes (ASVS 3.3.5)', () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const policy = accepted(options);
        if (!policy) return;
        const cookies = largestCookies(policy);
        expect(cookies.length).toBe(3);
        for (const cookie of cookies) expect(Buffer.byteLength(cookie)).toBeLessThanOrEqual(1100);
      }),
      { numRuns: 500 },
    );
  });

  test('the start is refused, or a strict browser keeps what is set (ASVS 3.3.1)', async () => {
    await fc.assert(
      fc.asyncProperty(anyOptions, async (options) => {
        const policy = accepted(options);
        if (!policy || policy.secure === false) return;
        const host = policy.domain ?? 'shop.example';
        const kept = await keptBy(`https://${host}${policy.path}`, largestCookies(policy));
        expect(kept.length).toBe(3);
      }),
      { numRuns: 200 },
    );
  });
});

/** Undefined: the application would not start with them. */
function accepted(options: CookieOptions): CookiePolicy | undefined {
  try {
    return cookiePolicy(options);
  } catch (error) {
    expect(error).toBeInstanceOf(SessionOptionError);
    return undefined;
  }
}
