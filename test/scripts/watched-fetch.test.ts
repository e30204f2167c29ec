import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Exchange,
  isBareChange,
  sessionHandle,
  watchedFetch,
} from '../../scripts/chaos/watched-fetch.mjs';

describe('a watched fetch', () => {
  const open: Server[] = [];
  afterEach(() => {
    for (const server of open.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** Answers as the path says. */
  async function serve(): Promise<string> {
    const server = createServer((request, response) => {
      if (request.url === '/gone') {
        request.destroy();
        return;
      }
      const status = Number(request.url?.slice(1));
      response.setHeader('session-info', 'node="n1", rev="1.2", exp=60, copies=1');
      response.writeHead(status, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify(status < 400 ? {} : { type: 'urn:understudy:problem:busy' }));
    });
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('tells of every request and what came back, with the session as logs call it', async () => {
    const url = await serve();
    const seen: Exchange[] = [];
    const fetch = watchedFetch((exchange) => void seen.push(exchange));
    const first = await fetch(`${url}/200`, { method: 'POST', body: 'one', headers: {} });
    expect(await first.json()).toEqual({});
    const headers = { cookie: 'sid-route=v1.n1.n2.4.7.seal; sid=secret-id.1.mac' };
    const second = await fetch(`${url}/503`, { headers });
    // Whoever reads the problem first must not take it from the SDK.
    expect(await second.json()).toEqual({ type: 'urn:understudy:problem:busy' });
    const session = createHash('sha256').update('secret-id').digest('base64url').slice(0, 10);
    const info = 'node="n1", rev="1.2", exp=60, copies=1';
    expect(seen).toEqual([
      {
        session: '',
        holders: '',
        method: 'POST',
        url: `${url}/200`,
        sent: 'one',
        answer: '200',
        ok: true,
        info,
      },
      {
        session,
        holders: 'n1.n2',
        method: 'GET',
        url: `${url}/503`,
        sent: null,
        answer: '503 busy',
        ok: false,
        info,
      },
    ]);
    expect(JSON.stringify(seen)).not.toMatch(/secret-id|seal/);
  });

  it('tells that nobody answered, and lets the SDK see why', async () => {
    const url = await serve();
    const seen: Exchange[] = [];
    const fetch = watchedFetch((exchange) => void seen.push(exchange));
    await expect(fetch(`${url}/gone`, { headers: {} })).rejects.toThrow(TypeError);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ ok: false, info: null });
    expect(seen[0]?.answer).toMatch(/^no answer \(\w+\)$/);
  });

  it.each([
    ['POST', true, 'node="n1", rev="2.0", exp=60, copies=0', true],
    ['POST', true, 'node="n1", rev="2.0", exp=60, copies=1', false],
    ['POST', true, 'node="n1", rev="2.0", exp=60, copies=01', false],
    ['GET', true, 'node="n1", rev="2.0", exp=60, copies=0', false],
    ['POST', false, 'node="n1", rev="2.0", exp=60, copies=0', false],
    ['POST', true, null, false],
  ])('knows a change that nobody else has: %s, %s, %j', (method, ok, info, bare) => {
    const exchange = {
      session: '',
      holders: '',
      method,
      url: '',
      answer: '',
      ok,
      info,
      sent: null,
    };
    expect(isBareChange(exchange)).toBe(bare);
  });

  it.each([
    [null, ''],
    ['theme=dark', ''],
    ['xsid=a.1.b', ''],
    ['theme=dark; sid=abc.1.mac', handle('abc')],
    ['__Host-sid=abc.1.mac', handle('abc')],
    ['sid-route=v1.n1.n2.1.1.mac; sid=abc.1.mac', handle('abc')],
  ])('finds the session in %j', (cookies, expected) => {
    expect(sessionHandle(cookies)).toBe(expected);
  });
});

function handle(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 10);
}
