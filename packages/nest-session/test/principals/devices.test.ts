import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from '../support/browser.js';
import { ADAPTERS } from '../support/start-app.js';
import { type RunningCluster, startCluster } from '../support/start-cluster.js';
import { AccountController, countSignedIn, isSignedIn } from './account.js';

interface ShownDevice {
  handle: string;
  current: boolean;
  signedInAt: string;
  seenAt: string;
  browser: string | null;
  system: string | null;
  network: string | null;
}

const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ' +
  'Version/18.5 Mobile/15E148 Safari/604.1';
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let names = 0;
const someone = () => `person-${names++}`;

describe.each(ADAPTERS)('/session/devices on %s', (adapter) => {
  let cluster: RunningCluster;

  beforeAll(async () => {
    cluster = await startCluster({ adapter, size: 2, controllers: [AccountController] });
  });
  afterAll(() => cluster.close());

  /** A phone at one node, and a program at the other. */
  async function signedIn(principal: string): Promise<[Browser, Browser]> {
    const [one, two] = cluster.nodes;
    const browsers = [one?.browser({ 'user-agent': PHONE }), two?.browser()] as [Browser, Browser];
    for (const browser of browsers) await browser.post(`/login/${principal}`);
    return browsers;
  }

  const devicesOf = async (browser: Browser) =>
    (await browser.json<{ devices: ShownDevice[] }>('/session/devices')).devices;

  test('shows where the principal is signed in, on all nodes, and which is this one', async () => {
    const [phone, program] = await signedIn(someone());
    const facts = {
      handle: expect.stringMatching(/^[\w-]{43}$/),
      signedInAt: expect.stringMatching(ISO),
      seenAt: expect.stringMatching(ISO),
      network: '127.0.0.0/24',
    };
    const first = { ...facts, browser: 'Safari 18', system: 'iPhone' };
    const second = { ...facts, browser: null, system: null };
    expect(await devicesOf(phone)).toEqual([
      { ...first, current: true },
      { ...second, current: false },
    ]);
    expect((await devicesOf(program)).map(({ current }) => current)).toEqual([false, true]);
  });

  test('is kept by no cache and shows no id, and no handle works as a cookie (ASVS 7.5.2)', async () => {
    const [phone] = await signedIn(someone());
    const response = await phone.fetch('/session/devices');
    expect(response.headers.get('cache-control')).toMatch(/no-store/);
    const text = await response.text();
    const id = phone.cookies.get('sid') as string;
    expect(text).not.toContain(id.split('.')[0]);
    const { devices } = JSON.parse(text) as { devices: ShownDevice[] };
    for (const { handle } of devices) {
      for (const value of [handle, id.replace(/^[^.]+/, handle)]) {
        const stranger = cluster.nodes[0]?.browser({ cookie: `sid=${value}` }) as Browser;
        expect(await isSignedIn(stranger)).toBe(false);
      }
    }
  });

  test('ends another session, on whatever node it is', async () => {
    const [phone, program] = await signedIn(someone());
    const other = (await devicesOf(phone)).find(({ current }) => !current);
    expect((await phone.send('DELETE', `/session/devices/${other?.handle}`)).status).toBe(204);
    expect(await countSignedIn(cluster.nodes.map(({ url }) => program.at(url)))).toBe(0);
    expect(await devicesOf(phone)).toMatchObject([{ current: true }]);
    expect((await phone.send('DELETE', `/session/devices/${other?.handle}`)).status).toBe(204);
  });

  test('ending the present one is signing out', async () => {
    const [phone, program] = await signedIn(someone());
    const own = (await devicesOf(phone)).find(({ current }) => current);
    const copy = phone.at(phone.url);
    expect((await phone.send('DELETE', `/session/devices/${own?.handle}`)).status).toBe(204);
    expect(phone.cookies.size).toBe(0);
    expect(await isSignedIn(copy)).toBe(false);
    expect(await isSignedIn(program)).toBe(true);
  });

  test("another principal's handle ends nothing", async () => {
    const [phone] = await signedIn(someone());
    const [victim] = await signedIn(someone());
    const { handle } = (await devicesOf(victim))[0] as ShownDevice;
    expect((await phone.send('DELETE', `/session/devices/${handle}`)).status).toBe(204);
    expect(await isSignedIn(victim)).toBe(true);
    expect(await isSignedIn(phone)).toBe(true);
  });

  test('wants somebody signed in, the CSRF token, and a handle', async () => {
    const [phone] = await signedIn(someone());
    const anonymous = cluster.nodes[0]?.browser() as Browser;
    expect((await anonymous.fetch('/session/devices')).status).toBe(401);
    const handle = 'A'.repeat(43);
    expect((await anonymous.send('DELETE', `/session/devices/${handle}`)).status).toBe(401);
    const path = `/session/devices/${handle}`;
    const forged = await phone.send('DELETE', path, undefined, { 'x-csrf-token': 'forged' });
    expect(forged.status).toBe(403);
    const malformed = await phone.send('DELETE', '/session/devices/everything');
    expect(malformed.status).toBe(400);
    expect(await malformed.json()).toMatchObject({ code: 'bad-request' });
  });
});
