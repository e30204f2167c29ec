import { Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Principal, Session, SessionService } from '../../src/index.js';
import type { Browser } from '../support/browser.js';
import { Gate, shopController } from '../support/shop.js';
import { ADAPTERS, type RunningApp, startApp } from '../support/start-app.js';

const CLEARED = ['sid', 'sid-csrf', 'sid-route'];

interface Notes {
  note?: string;
}

@Controller('out')
class OutController {
  constructor(@Inject(SessionService) private readonly sessions: SessionService) {}

  @Post('all')
  @HttpCode(200)
  async all(@Principal() { id }: Principal) {
    return { ended: await this.sessions.revokeAll(id) };
  }

  @Post('account')
  @HttpCode(200)
  async account(@Principal() { id }: Principal) {
    return { ended: await this.sessions.revokePrincipal(id, 'deleted') };
  }

  @Post('this')
  @HttpCode(200)
  async this(@Session() session: Session) {
    await this.sessions.revoke(session.id);
  }

  @Post('listed')
  @HttpCode(200)
  async listed(@Principal() { id }: Principal) {
    for (const { handle } of await this.sessions.list(id)) {
      await this.sessions.revoke({ principal: id, handle });
    }
  }

  @Post('somebody/:id')
  @HttpCode(200)
  async somebody(@Session() session: Session<Notes>, @Param('id') id: string) {
    const ended = await this.sessions.revokeAll(id);
    session.note = 'goes on';
    return { ended };
  }

  @Post('used')
  @HttpCode(200)
  async used(@Session() session: Session<Notes>, @Principal() { id }: Principal) {
    await this.sessions.revokeAll(id);
    session.note = 'for nobody';
  }

  @Post('noted')
  @HttpCode(200)
  async noted(@Session() session: Session<Notes>, @Principal() { id }: Principal) {
    session.note = 'not stored yet';
    await this.sessions.revokeAll(id);
  }

  @Post('saved')
  @HttpCode(200)
  async saved(@Session() session: Session<Notes>, @Principal() { id }: Principal) {
    session.note = 'stored';
    await session.save();
    await session.rotate();
    await session.save();
    await this.sessions.revokeAll(id);
  }
}

let names = 0;
const someone = () => `person-${names++}`;

describe.each(ADAPTERS)('a request that ends its own session by the service on %s', (adapter) => {
  const gate = new Gate();
  let running: RunningApp;
  let principal: string;

  beforeAll(async () => {
    const controllers = [shopController(gate), OutController];
    running = await startApp({ adapter, controllers, options: { clearSiteData: true } });
  });
  beforeEach(() => {
    principal = someone();
  });
  afterAll(() => running.close());

  async function signedIn(id = principal): Promise<Browser> {
    const browser = running.browser();
    await browser.post('/login', { id });
    return browser;
  }

  /** The names of the cookies that a response makes a client forget. */
  const cleared = (response: Response) =>
    response.headers
      .getSetCookie()
      .filter((line) => line.includes('Max-Age=0'))
      .map((line) => line.split('=')[0])
      .sort();

  test.each(['all', 'account', 'this', 'listed', 'saved'])(
    'makes its client forget it with this response: %s',
    async (way) => {
      const browser = await signedIn();
      const response = await browser.post(`/out/${way}`);
      expect(response.status).toBe(200);
      expect(cleared(response)).toEqual(CLEARED);
      expect(response.headers.get('clear-site-data')).toBe('"cache", "storage"');
      expect(response.headers.get('session-info')).toBeNull();
      expect([...browser.cookies.keys()]).toEqual([]);
    },
  );

  test('cannot use it any more', async () => {
    const browser = await signedIn();
    const response = await browser.post('/out/used');
    expect([response.status, await response.json()]).toMatchObject([
      401,
      { code: 'session-ended' },
    ]);
    expect(cleared(response)).toEqual(CLEARED);
  });

  test('is told that what it had changed before is not stored', async () => {
    const browser = await signedIn();
    const response = await browser.post('/out/noted');
    expect([response.status, await response.json()]).toMatchObject([
      401,
      { code: 'session-ended' },
    ]);
    expect(cleared(response)).toEqual(CLEARED);
  });

  test('keeps it where the session of somebody else ended', async () => {
    const [other, browser] = [someone(), await signedIn()];
    const victim = await signedIn(other);
    const response = await browser.post(`/out/somebody/${other}`);
    expect(await response.json()).toEqual({ ended: 1 });
    expect([cleared(response), response.headers.get('clear-site-data')]).toEqual([[], null]);
    expect(await browser.json('/keys')).toEqual({ note: 'goes on' });
    expect((await victim.fetch('/me')).status).toBe(401);
  });

  test('does not clear with a late answer what a new login gave the browser', async () => {
    const browser = await signedIn();
    const arrived = gate.hold('slow-me');
    const late = browser.at(running.url).fetch('/slow-me');
    await arrived;
    await browser.post('/out/all');
    await browser.post('/login', { id: principal });
    gate.release('slow-me');
    expect(cleared(await late)).toEqual([]);
  });

  test('nor where the browser signed in after it was signed out from elsewhere', async () => {
    const browser = await signedIn();
    const arrived = gate.hold('slow-me');
    const late = browser.at(running.url).fetch('/slow-me');
    await arrived;
    await running.app.get(SessionService).revokeAll(principal);
    expect((await browser.post('/login', { id: principal })).status).toBe(200);
    gate.release('slow-me');
    expect(cleared(await late)).toEqual([]);
  });

  test('a parallel request whose change came too late is told so', async () => {
    const browser = await signedIn();
    const arrived = gate.hold('theme');
    const late = browser.at(running.url).send('PUT', '/keys/theme', { value: 'dark' });
    await arrived;
    await browser.post('/out/all');
    gate.release('theme');
    const response = await late;
    expect([response.status, cleared(response)]).toEqual([401, []]);
  });
});
