import { generateKeyPairSync } from 'node:crypto';
import { CompactEncrypt, type CompactJWEHeaderParameters, CompactSign, exportJWK } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cookieStore, SessionEvents } from '../../src/index.js';
import { SealingKeys } from '../../src/stores/sealed/sealing-keys.js';
import { openToken, sealSession } from '../../src/stores/sealed/session-token.js';
import { FakeClock } from '../../src/testing/index.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, LogKeeper, type RunningApp, startApp } from '../support/start-app.js';

const SECRET = 'a secret that all of these tests share';
const MINUTE_MS = 60_000;
const keys = new SealingKeys([SECRET], 'session');
const { kid, key } = keys.current;
const HEADER = { alg: 'dir', enc: 'A256GCM', kid, typ: 'session' };

describe.each(ADAPTERS)('a token that carries a session on %s', (adapter) => {
  const clock = new FakeClock();
  const logs = new LogKeeper();
  let running: RunningApp;
  let good: string;
  let plaintext: Buffer;
  let refused = 0;

  const start = (audience?: string) =>
    startApp({
      adapter,
      logs,
      controllers: [shopController()],
      options: { secret: SECRET, store: cookieStore(audience ? { audience } : {}), clock },
    });

  beforeAll(async () => {
    running = await start();
    running.app.get(SessionEvents).on('cookie-refused', () => {
      refused += 1;
    });
    const browser = running.browser();
    await browser.post('/login', { id: 'ada' });
    good = browser.cookies.get('sid') as string;
    const session = await openToken(good, keys, clock.wallMs());
    if (!session) throw new Error('a token of the application was refused');
    // What is inside, to be sealed in wrong ways: by itself it is good.
    const { compactDecrypt } = await import('jose');
    plaintext = Buffer.from((await compactDecrypt(good, key)).plaintext);
    expect(await statusOf(await sealed(HEADER))).toBe(200);
  });
  afterAll(() => running.close());

  const sealed = (header: object, by: Uint8Array = key, text: Uint8Array = plaintext) =>
    new CompactEncrypt(text).setProtectedHeader(header as CompactJWEHeaderParameters).encrypt(by);

  const statusOf = async (token: string) =>
    (await fetch(`${running.url}/me`, { headers: { cookie: `sid=${token}` } })).status;

  async function expectRefused(token: string): Promise<void> {
    const before = refused;
    expect(await statusOf(token)).toBe(401);
    expect(refused).toBe(before + 1);
    expect(await statusOf(good)).toBe(200);
  }

  test('is refused when any part of it was changed, cut or left out (ASVS 9.1.1)', async () => {
    const parts = good.split('.');
    const forged: string[] = [];
    for (const [index, part] of parts.entries()) {
      for (const at of [0, 1, part.length >> 1, part.length - 2]) {
        if (at < 0 || part === '') continue;
        const other = part[at] === 'A' ? 'B' : 'A';
        const changed = part.slice(0, at) + other + part.slice(at + 1);
        forged.push(parts.with(index, changed).join('.'));
      }
      forged.push(parts.with(index, 'AAAA').join('.'), parts.toSpliced(index, 1).join('.'));
    }
    for (let length = 0; length < good.length; length += 29) forged.push(good.slice(0, length));
    forged.push(`${good}A`, `${good}.`, parts.toReversed().join('.'), good.toLowerCase());
    expect(forged.length).toBeGreaterThan(30);
    for (const token of forged) expect([token, await statusOf(token)]).toEqual([token, 401]);
    expect(await statusOf(good)).toBe(200);
  });

  test('is refused when it says that it needs no key (ASVS 9.1.2)', async () => {
    const part = (value: object | Buffer) =>
      (value instanceof Buffer ? value : Buffer.from(JSON.stringify(value))).toString('base64url');
    await expectRefused(`${part({ alg: 'none' })}.${part(plaintext)}.`);
    await expectRefused(`${part({ ...HEADER, enc: 'none' })}...${part(plaintext)}.`);
    for (const alg of ['none', 'None', '']) {
      const [, ...rest] = good.split('.');
      await expectRefused([part({ ...HEADER, alg }), ...rest].join('.'));
    }
  });

  test('is refused with any other algorithm, also by the right key (ASVS 9.1.2)', async () => {
    for (const alg of ['A256KW', 'A256GCMKW'])
      await expectRefused(await sealed({ ...HEADER, alg }));
    const short = key.subarray(0, 16);
    await expectRefused(await sealed({ ...HEADER, enc: 'A128GCM' }, short));
    await expectRefused(await sealed({ ...HEADER, enc: 'A128CBC-HS256' }));
    const signed = await new CompactSign(plaintext)
      .setProtectedHeader({ alg: 'HS256', kid })
      .sign(key);
    await expectRefused(signed);
  });

  test('is refused with a key that it brings or names itself (ASVS 9.1.3)', async () => {
    const own = new Uint8Array(32).fill(7);
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = await exportJWK(publicKey);
    const headers = [
      HEADER,
      { ...HEADER, kid: 'unknown' },
      { alg: 'dir', enc: 'A256GCM', typ: 'session' },
      { ...HEADER, jku: `${running.url}/keys.json` },
      { ...HEADER, x5u: `${running.url}/cert.pem` },
      { ...HEADER, jwk: { kty: 'oct', k: Buffer.from(own).toString('base64url') } },
      { ...HEADER, kid: '../../dev/null' },
      { ...HEADER, kid: '__proto__' },
    ];
    for (const header of headers) await expectRefused(await sealed(header, own));
    const rsa = new CompactEncrypt(plaintext).setProtectedHeader({
      ...HEADER,
      alg: 'RSA-OAEP-256',
      jwk,
    });
    await expectRefused(await rsa.encrypt(publicKey));
    // And without a name for its key the right one does not help.
    await expectRefused(await sealed({ alg: 'dir', enc: 'A256GCM', typ: 'session' }));
  });

  test('is refused after its time, and before it (ASVS 9.2.1)', async () => {
    const nowMs = clock.wallMs();
    const session = await openToken(good, keys, nowMs);
    if (!session) throw new Error('the good one was refused');
    const of = (change: object) => sealSession({ ...session, ...change }, keys);
    expect(await statusOf(await of({ endsAtMs: nowMs + 1 }))).toBe(200);
    expect(await statusOf(await of({ endsAtMs: nowMs }))).toBe(401);
    expect(await statusOf(await of({ endsAtMs: nowMs - MINUTE_MS }))).toBe(401);
    expect(await statusOf(await of({ endsAtMs: Number.NaN }))).toBe(401);
    const idle = { issuedAtMs: nowMs - session.idleTimeoutMs };
    expect(await statusOf(await of(idle))).toBe(401);
    await expectRefused(await of({ issuedAtMs: nowMs + 6 * MINUTE_MS }));
  });

  test('is refused when it is of another kind (ASVS 9.2.2)', async () => {
    await expectRefused(await sealed({ ...HEADER, typ: 'JWT' }));
    await expectRefused(await sealed({ alg: 'dir', enc: 'A256GCM', kid }));
    await expectRefused(await sealed(HEADER, key, Buffer.from('{"sub":"ada"}')));
  });

  test('is refused by another audience, also under the same secret (ASVS 9.2.3, 9.2.4)', async () => {
    const other = await start('back-office');
    const status = async (url: string, token: string) =>
      (await fetch(`${url}/me`, { headers: { cookie: `sid=${token}` } })).status;
    expect(await status(other.url, good)).toBe(401);
    const browser = other.browser();
    await browser.post('/login', { id: 'eve' });
    const theirs = browser.cookies.get('sid') as string;
    expect(await status(other.url, theirs)).toBe(200);
    await expectRefused(theirs);
    await other.close();
  });

  test('is refused when it is longer than any cookie, without being opened', async () => {
    const long = await sealed(HEADER, key, Buffer.concat([plaintext, Buffer.alloc(8000)]));
    await expectRefused(long);
  });
});
