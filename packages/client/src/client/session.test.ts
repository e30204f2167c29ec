import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHarness, failureOf } from '../../test/harness.js';
import { brokenConnection, json, problem, type SentRequest } from '../../test/scripted-fetch.js';

const ada = { authenticated: true, principal: { id: 'ada' }, csrfToken: 't1', revision: '1.3' };
const nobody = { authenticated: false, principal: null, csrfToken: 't0', revision: null };
const withRevision = (rev: string, value: unknown = 1) =>
  json(value, { 'session-info': `node="n1", rev="${rev}", exp=60, copies=1` });
const header = (sent: readonly SentRequest[], name: string) =>
  sent.map(({ headers }) => headers.get(name));

describe('the CSRF token', () => {
  test('is read from the cookie when a request is sent, for unsafe methods only', async () => {
    const { client, cookies, sent } = createHarness([json(1)]);
    cookies.set('sid-csrf', 'one');
    await client.post('/a');
    cookies.set('sid-csrf', 'two');
    await client.post('/a');
    await client.get('/a');
    expect(header(sent, 'x-csrf-token')).toEqual(['one', 'two', null]);
  });

  test('prefers the cookie that only https can set', async () => {
    const { client, cookies, sent } = createHarness([json(1)]);
    cookies.set('sid-csrf', 'plain');
    cookies.set('__Host-sid-csrf', 'secure');
    await client.post('/a');
    expect(header(sent, 'x-csrf-token')).toEqual(['secure']);
  });

  test('comes from GET /session where the cookie cannot be read', async () => {
    const { client, sent } = createHarness([json(ada), json(1)]);
    await client.ready();
    await client.post('/a');
    expect(header(sent, 'x-csrf-token')).toEqual([null, 't1']);
  });

  test('is renewed once for all calls that were refused, and each is sent once more', async () => {
    const { client, clock, sent } = createHarness([
      ({ url, headers }) => {
        if (url.endsWith('/session?csrf=1')) return json({ ...nobody, csrfToken: 'fresh' });
        return headers.get('x-csrf-token') === 'fresh' ? json(1) : problem(403, 'csrf-invalid');
      },
    ]);
    const calls = [client.post('/a'), client.post('/b'), client.post('/c')];
    const responses = await clock.drive(Promise.all(calls));
    expect(responses.map(({ attempts }) => attempts)).toEqual([2, 2, 2]);
    const renewals = sent.filter(({ url }) => url.endsWith('/session?csrf=1'));
    expect(renewals).toHaveLength(1);
    expect(renewals[0]?.headers.get('session-passive')).toBe('?1');
  });

  test('is not renewed for a call whose refusal was late, when it has been meanwhile', async () => {
    let release = (_: Response) => {};
    const late = new Promise<Response>((resolve) => {
      release = resolve;
    });
    const { client, clock, sent } = createHarness([
      ({ url, headers }) => {
        if (url.endsWith('/session?csrf=1')) return json({ ...nobody, csrfToken: 'fresh' });
        if (headers.get('x-csrf-token') === 'fresh') return json(1);
        return url.endsWith('/slow') ? () => late : problem(403, 'csrf-invalid');
      },
    ]);
    const slow = client.post('/slow');
    await clock.drive(client.post('/a').then(() => {}));
    release(problem(403, 'csrf-invalid'));
    expect(await clock.drive(slow)).toMatchObject({ attempts: 2 });
    expect(sent.filter(({ url }) => url.includes('/session'))).toHaveLength(1);
  });

  test('renewed too late is not tried: the deadline has passed', async () => {
    const { client, clock, sent } = createHarness([
      ({ url }) => {
        if (!url.includes('/session')) return problem(403, 'csrf-invalid');
        clock.jump(14_990);
        return json(nobody);
      },
    ]);
    const failure = failureOf(client.post('/a', {}, { timeout: { totalMs: 10_000 } }));
    const error = await clock.drive(failure);
    expect(error).toMatchObject({ code: 'csrf-invalid', stoppedBy: 'deadline', attempts: 1 });
    expect(sent).toHaveLength(2);
  });

  test('refused again is not renewed again', async () => {
    const { client, clock, sent } = createHarness([
      ({ url }) => (url.includes('/session') ? json(nobody) : problem(403, 'csrf-invalid')),
    ]);
    const error = await clock.drive(failureOf(client.post('/a')));
    expect(error).toMatchObject({ code: 'csrf-invalid', outcome: 'rejected', attempts: 2 });
    expect(sent).toHaveLength(3);
  });

  test('that cannot be renewed fails the call with the reason', async () => {
    const { client, clock } = createHarness([
      ({ url }) => (url.includes('/session') ? problem(500, 'oops') : problem(403, 'csrf-invalid')),
    ]);
    const error = await clock.drive(failureOf(client.post('/a')));
    expect(error).toMatchObject({ code: 'csrf-invalid', cause: { code: 'oops' } });
  });

  test('learnt after a refusal wins over the stale cookie, until the cookie changes', async () => {
    const { client, clock, cookies, sent } = createHarness([
      ({ url, headers }) => {
        if (url.includes('/session')) return json({ ...nobody, csrfToken: 'right' });
        const isRight = ['right', 'newer'].includes(`${headers.get('x-csrf-token')}`);
        return isRight ? json(1) : problem(403, 'csrf-invalid');
      },
    ]);
    cookies.set('sid-csrf', 'stale');
    await clock.drive(client.post('/a'));
    await client.post('/b');
    cookies.set('sid-csrf', 'newer');
    await client.post('/c');
    const posts = sent.filter(({ method }) => method === 'POST');
    expect(header(posts, 'x-csrf-token')).toEqual(['stale', 'right', 'right', 'newer']);
  });

  test('is not sent when switched off', async () => {
    const { client, cookies, sent } = createHarness([json(1)], { csrf: false });
    cookies.set('sid-csrf', 'one');
    await client.post('/a');
    expect(header(sent, 'x-csrf-token')).toEqual([null]);
  });
});

describe('the newest revision', () => {
  test('is demanded from every later answer', async () => {
    const { client, sent } = createHarness([
      withRevision('1.9'),
      withRevision('1.10'),
      withRevision('1.10'),
    ]);
    await client.get('/a');
    await client.get('/b');
    await client.get('/c');
    expect(header(sent, 'session-min-rev')).toEqual([null, '1.9', '1.10']);
    expect(client.state.revision).toBe('1.10');
  });

  test('of the old session is not demanded from the one a login made', async () => {
    const { client, sent } = createHarness([withRevision('5.9'), withRevision('1.1'), json(1)]);
    await client.get('/a');
    await client.post('/login');
    await client.get('/b');
    expect(header(sent, 'session-min-rev')).toEqual([null, '5.9', '1.1']);
  });

  test('is forgotten when the CSRF cookie shows another session, as after a login in another tab', async () => {
    const { client, cookies, sent } = createHarness([withRevision('5.9'), json(1)]);
    cookies.set('sid-csrf', 'one');
    await client.get('/a');
    cookies.set('sid-csrf', 'two');
    await client.get('/b');
    expect(header(sent, 'session-min-rev')).toEqual([null, null]);
  });

  test('is not raised by a late answer of the old session', async () => {
    let release = (_: Response) => {};
    const late = new Promise<Response>((resolve) => {
      release = resolve;
    });
    const { client, sent } = createHarness([
      withRevision('5.9'),
      () => late,
      withRevision('1.1'),
      json(1),
    ]);
    await client.get('/a');
    const slow = client.get('/slow');
    await client.post('/login');
    release(withRevision('5.10'));
    await slow;
    await client.get('/b');
    expect(header(sent, 'session-min-rev').at(-1)).toBe('1.1');
  });
});

describe('signing in again', () => {
  const guarded = (isSignedIn: () => boolean) => (request: SentRequest) => {
    if (request.url.endsWith('/login')) return json({ ok: true });
    return isSignedIn() ? json(1) : problem(401, 'session-ended');
  };

  test('happens once for all calls that need it, which then keep their keys', async () => {
    let isSignedIn = false;
    let hooks = 0;
    const { client, clock, sent } = createHarness([guarded(() => isSignedIn)], {
      onReauthenticate: async (context) => {
        hooks += 1;
        await context.client.post('/login');
        isSignedIn = true;
        return true;
      },
    });
    await clock.drive(Promise.all([client.post('/a'), client.post('/b'), client.get('/c')]));
    expect(hooks).toBe(1);
    const keys = sent
      .filter(({ url }) => url.endsWith('/a'))
      .map((r) => r.headers.get('idempotency-key'));
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
  });

  test('is not repeated for an answer that was under way meanwhile', async () => {
    let isSignedIn = false;
    let hooks = 0;
    let release = (_: Response) => {};
    const late = new Promise<Response>((resolve) => {
      release = resolve;
    });
    let slowCalls = 0;
    const { client, clock } = createHarness(
      [
        (request) => {
          if (!request.url.endsWith('/slow')) return guarded(() => isSignedIn)(request);
          slowCalls += 1;
          return slowCalls === 1 ? () => late : json('slow');
        },
      ],
      {
        onReauthenticate: async () => {
          hooks += 1;
          isSignedIn = true;
          return true;
        },
      },
    );
    const slow = client.get('/slow');
    await clock.drive(client.get('/a').then(() => {}));
    release(problem(401, 'session-ended'));
    expect((await clock.drive(slow)).data).toBe('slow');
    expect(hooks).toBe(1);
  });

  test('refused by the application fails the call as it was', async () => {
    const { client, clock } = createHarness([problem(401, 'session-ended')], {
      onReauthenticate: async () => false,
    });
    const error = await clock.drive(failureOf(client.get('/a')));
    expect(error).toMatchObject({ code: 'session-ended', attempts: 1, outcome: 'rejected' });
  });

  test('that throws is the cause', async () => {
    const { client, clock } = createHarness([problem(401, 'session-ended')], {
      onReauthenticate: () => Promise.reject(new Error('dialog closed')),
    });
    const error = await clock.drive(failureOf(client.get('/a')));
    expect(error).toMatchObject({ code: 'session-ended', cause: { message: 'dialog closed' } });
  });

  test('is tried once for a call', async () => {
    let hooks = 0;
    const { client, clock, sent } = createHarness([problem(401, 'session-ended')], {
      onReauthenticate: async () => {
        hooks += 1;
        return true;
      },
    });
    await clock.drive(failureOf(client.get('/a')));
    expect([hooks, sent.length]).toEqual([1, 2]);
  });

  test('does not deadlock when the sign-in itself is refused', async () => {
    const { client, clock } = createHarness([problem(401, 'authentication-required')], {
      onReauthenticate: async (context) => {
        await context.client.post('/login');
        return true;
      },
    });
    const error = await clock.drive(failureOf(client.get('/a')));
    expect(error).toMatchObject({ cause: { code: 'authentication-required' } });
  });

  test('may take as long as a person types, without costing the deadline', async () => {
    let isSignedIn = false;
    const { client, clock } = createHarness([guarded(() => isSignedIn)], {
      onReauthenticate: async () => {
        clock.jump(600_000);
        isSignedIn = true;
        return true;
      },
    });
    expect((await clock.drive(client.get('/a'))).attempts).toBe(2);
  });
});

describe('the state', () => {
  test('is unknown until a server has spoken', async () => {
    const { client } = createHarness([json(ada)]);
    expect(client.state).toMatchObject({ status: 'unknown', principal: null });
    expect(await client.ready()).toMatchObject({
      status: 'authenticated',
      principal: { id: 'ada' },
    });
  });

  test('is asked for once by all who wait for it, passively, and not again', async () => {
    const { client, sent } = createHarness([json(nobody)]);
    await Promise.all([client.ready(), client.ready(), client.refresh()]);
    await client.ready();
    expect(sent.map(({ url }) => url)).toEqual(['https://shop.test/session']);
    expect(header(sent, 'session-passive')).toEqual(['?1']);
  });

  test('carries the deadline as an instant of this clock', async () => {
    const { client, clock } = createHarness([withRevision('1.1')]);
    await client.get('/a');
    expect(client.state.expiresAtMs).toBe(clock.now() + 60_000);
    expect(client.state).toMatchObject({ node: 'n1', copies: 1, revision: '1.1' });
  });

  test('changes on the verdict of a server, with the reason', async () => {
    const { client } = createHarness([json(ada), problem(401, 'session-lost'), json(1)]);
    await client.ready();
    await failureOf(client.get('/a'));
    expect(client.state).toMatchObject({
      status: 'anonymous',
      principal: null,
      endedBy: 'session-lost',
      revision: null,
    });
  });

  test('is not changed by what an answer of an earlier session says', async () => {
    let release = (_: Response) => {};
    const late = new Promise<Response>((resolve) => {
      release = resolve;
    });
    const { client, clock, cookies } = createHarness([json(ada), () => late, json(ada)]);
    cookies.set('sid-csrf', 'one');
    await client.ready();
    const slow = failureOf(client.get('/slow'));
    await clock.advance(1);
    cookies.set('sid-csrf', 'two');
    await client.refresh();
    const headers = { 'session-info': 'node="old", rev="9.9", exp=1' };
    release(problem(401, 'session-ended', headers));
    await slow;
    expect(client.state).toMatchObject({
      status: 'authenticated',
      node: null,
      revision: '1.3',
      expiresAtMs: null,
    });
  });

  test('is asked for anew when the cookie shows that the session is another one', async () => {
    const { client, clock, cookies, sent } = createHarness([json(ada), json(1), json(nobody)]);
    cookies.set('sid-csrf', 'one');
    await client.ready();
    cookies.set('sid-csrf', 'two');
    await client.get('/a');
    await clock.advance(0);
    expect(client.state.status).toBe('anonymous');
    expect(sent.map(({ url }) => new URL(url).pathname).toSorted()).toEqual([
      '/a',
      '/session',
      '/session',
    ]);
  });

  test('is asked for anew when somebody signed in is told to authenticate', async () => {
    const { client, clock, sent } = createHarness([
      json(ada),
      problem(401, 'authentication-required'),
      json(nobody),
    ]);
    await client.ready();
    expect(client.state.status).toBe('authenticated');
    await failureOf(client.get('/admin'));
    await clock.advance(0);
    expect(client.state.status).toBe('anonymous');
    expect(sent.map(({ url }) => new URL(url).pathname)).toEqual([
      '/session',
      '/admin',
      '/session',
    ]);
  });

  test('is not touched by a 401 of the application’s own', async () => {
    const { client } = createHarness([json(ada), problem(401, 'wrong-password')]);
    await client.ready();
    await failureOf(client.post('/login'));
    expect(client.state.status).toBe('authenticated');
  });

  test('is not taken from a captive portal', async () => {
    const { client } = createHarness([json(ada), new Response('<html>Log in to WiFi</html>')]);
    await client.ready();
    expect(await failureOf(client.refresh())).toMatchObject({ code: 'invalid-response' });
    expect(client.state.status).toBe('authenticated');
  });

  test('after logout says so, and nothing of the old session is left', async () => {
    const { client, sent } = createHarness([
      json(ada),
      withRevision('1.5'),
      new Response(null, { status: 204 }),
      json(1),
    ]);
    await client.ready();
    await client.get('/a');
    await client.logout();
    expect(client.state).toMatchObject({ status: 'anonymous', endedBy: 'logout', principal: null });
    await client.get('/b');
    const logout = sent[2];
    expect(logout).toMatchObject({ method: 'DELETE', url: 'https://shop.test/session' });
    expect(logout?.headers.get('x-csrf-token')).toBe('t1');
    expect(logout?.headers.get('idempotency-key')).toBeNull();
    expect(sent[3]?.headers.get('session-min-rev')).toBeNull();
  });

  test('after a logout the server already knew of is the same', async () => {
    const { client } = createHarness([problem(401, 'session-ended')]);
    await client.logout();
    expect(client.state).toMatchObject({ status: 'anonymous', endedBy: 'logout' });
  });

  test('is not signed out by a logout that did not arrive', async () => {
    const { client, clock } = createHarness([json(ada), brokenConnection()]);
    await client.ready();
    await clock.drive(failureOf(client.logout()));
    expect(client.state.status).toBe('authenticated');
  });

  test('answers a refresh after a login with the new state, though an older question is open', async () => {
    let release = (_: Response) => {};
    const late = new Promise<Response>((resolve) => {
      release = resolve;
    });
    const { client, clock, cookies } = createHarness([
      () => late,
      () => {
        cookies.set('sid-csrf', 'two');
        return json({ ok: true });
      },
      json(ada),
    ]);
    cookies.set('sid-csrf', 'one');
    const early = client.refresh();
    await client.post('/login');
    const state = await clock.drive(client.refresh());
    expect(state.status).toBe('authenticated');
    release(json(nobody));
    await early;
    expect(client.state.status).toBe('authenticated');
  });

  test('can be given by the page before any request', async () => {
    const { client, sent } = createHarness([json(1)]);
    client.hydrate(ada);
    expect(client.state).toMatchObject({ status: 'authenticated', revision: '1.3' });
    expect(await client.ready()).toBe(client.state);
    await client.post('/a');
    expect(header(sent, 'x-csrf-token')).toEqual(['t1']);
  });

  test('is not set back by an old page', async () => {
    const { client } = createHarness([withRevision('1.9'), json(nobody)]);
    await client.get('/a');
    await client.refresh();
    client.hydrate(ada);
    expect(client.state.status).toBe('anonymous');
  });

  test('is told to subscribers when it changes, and not when it does not', async () => {
    const { client, clock } = createHarness([withRevision('1.1')]);
    const seen: unknown[] = [];
    const off = client.subscribe(() => seen.push(client.state));
    await client.get('/a');
    await clock.advance(0);
    await client.get('/a');
    await clock.advance(0);
    expect(seen).toEqual([client.state]);
    off();
    clock.jump(5000);
    await client.get('/a');
    await clock.advance(0);
    expect(seen).toHaveLength(1);
  });

  test('tells of a failover', async () => {
    const headers = { 'session-info': 'node="n2"', 'session-event': 'failover;from="n1"' };
    const { client, clock } = createHarness([json(1, headers)]);
    const events: unknown[] = [];
    client.on('failover', (event) => events.push(event));
    await client.get('/a');
    await clock.advance(0);
    expect(events).toEqual([{ from: 'n1', to: 'n2' }]);
  });
});

describe('weather', () => {
  test('never signs anybody out', async () => {
    const weather = fc.constantFrom(
      () => brokenConnection(),
      () => 'silence' as const,
      () => problem(500, 'oops'),
      () => problem(502, 'bad-gateway'),
      () => problem(503, 'session-unavailable', { 'retry-after': '1' }),
      () => problem(503, 'session-unavailable'),
      () => problem(504, 'commit-unknown'),
      () => problem(429, 'quota-exceeded', { 'retry-after': '1' }),
      () => new Response('<html>'),
    );
    const action = fc.constantFrom('get', 'post', 'refresh', 'logout', 'touch', 'sleep');
    await fc.assert(
      fc.asyncProperty(fc.array(weather), fc.array(action), async (days, actions) => {
        const { client, clock } = createHarness([json(ada), ...days, brokenConnection()]);
        await client.ready();
        for (const name of actions) {
          if (name === 'sleep') clock.jump(3_600_000);
          else if (name === 'get') await clock.drive(client.get('/a').catch(() => {}));
          else if (name === 'post') await clock.drive(client.post('/a').catch(() => {}));
          else if (name === 'logout') {
            const isOut = await clock.drive(
              client.logout().then(
                () => true,
                () => false,
              ),
            );
            if (isOut) return;
          } else await clock.drive(client[name as 'refresh' | 'touch']().catch(() => {}));
          expect(client.state.status).toBe('authenticated');
        }
      }),
      { numRuns: 60 },
    );
  });

  test('shows as unreachable, and clears up with the first answer', async () => {
    const { client, clock } = createHarness([brokenConnection(), problem(500, 'oops')], {
      retry: false,
    });
    await clock.drive(failureOf(client.get('/a')));
    expect(client.state).toMatchObject({ reachable: false, status: 'unknown' });
    await failureOf(client.get('/a'));
    expect(client.state.reachable).toBe(true);
  });
});
