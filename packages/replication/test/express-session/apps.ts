import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import express from 'express';
import session, { type Store } from 'express-session';
import fastify from 'fastify';
import type { Gate } from './gate.js';

export interface RunningApp {
  readonly url: string;
  close(): Promise<void>;
}

type Data = Record<string, unknown>;

export const SECRET = 'a secret that is long enough for both of them';

/** The same application for both packages: what it does to its session, by path. */
const ROUTES = {
  read: (data: Data): unknown => contents(data),
  write: (data: Data, name: string): unknown => {
    data[name] = true;
    return {};
  },
};

function contents({ cookie: _, ...data }: Data): Data {
  return data;
}

/** Stock express-session; `held` requests wait at the gate before they touch anything. */
export async function startExpressApp(
  store: Store,
  gate: Gate,
  cookie: session.CookieOptions = {},
): Promise<RunningApp> {
  const app = express();
  app.use(session({ store, secret: SECRET, resave: false, saveUninitialized: false, cookie }));
  app.use(async (request, _response, next) => {
    if ('held' in request.query) await gate.pass();
    next();
  });
  const data = (request: express.Request) => request.session as unknown as Data;
  app.get('/read', (request, response) => {
    response.json(ROUTES.read(data(request)));
  });
  app.get('/write/:name', (request, response) => {
    response.json(ROUTES.write(data(request), request.params.name));
  });
  app.get('/push/:item', (request, response, next) => {
    const list = (data(request).list ?? []) as unknown[];
    data(request).list = [...list, request.params.item];
    // Not waited for: what follows is stored at the end of the response, while this is under way.
    request.session.save((error) => error && next(error));
    data(request).latest = request.params.item;
    response.json({});
  });
  app.get('/save/:name', (request, response, next) => {
    data(request)[request.params.name] = true;
    request.session.save((error) => (error ? next(error) : response.json({})));
  });
  app.get('/max-age/:ms', (request, response) => {
    request.session.cookie.maxAge = Number(request.params.ms);
    response.json({});
  });
  app.get('/cookie', (request, response) => {
    response.json(request.session.cookie);
  });
  app.get('/login', (request, response, next) => {
    request.session.regenerate((error) => {
      if (error) return next(error);
      data(request).user = 'ada';
      request.session.save((failed) => (failed ? next(failed) : response.redirect('/read')));
    });
  });
  app.get('/reload', (request, response, next) => {
    request.session.reload((error) =>
      error ? next(error) : response.json(contents(data(request))),
    );
  });
  app.get('/logout', (request, response, next) => {
    request.session.destroy((error) => (error ? next(error) : response.json({})));
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Stock @fastify/session with its defaults, `rolling` among them: it writes at every request. */
export async function startFastifyApp(store: Store | undefined, gate: Gate): Promise<RunningApp> {
  const app = fastify();
  await app.register(fastifyCookie);
  await app.register(fastifySession, {
    secret: SECRET,
    cookie: { secure: false },
    saveUninitialized: false,
    ...(store ? { store: store as fastifySession.SessionStore } : {}),
  });
  app.addHook('preHandler', async (request) => {
    if ('held' in (request.query as Data)) await gate.pass();
  });
  const data = (request: unknown) => (request as { session: Data }).session;
  app.get('/read', async (request) => ROUTES.read(data(request)));
  app.get<{ Params: { name: string } }>('/write/:name', async (request) =>
    ROUTES.write(data(request), request.params.name),
  );
  app.get<{ Params: { name: string } }>('/save/:name', async (request) => {
    data(request)[request.params.name] = true;
    await request.session.save();
    return {};
  });
  app.get('/logout', async (request) => {
    await request.session.destroy();
    return {};
  });
  return { url: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() };
}

/** Keeps the one cookie these packages set. */
export class Visitor {
  cookie: string | undefined;

  /** Waits for the last byte: express-session sends the others before it has stored. */
  async get(app: RunningApp, path: string): Promise<{ status: number; text: string }> {
    const headers: Record<string, string> = this.cookie ? { cookie: this.cookie } : {};
    const response = await fetch(app.url + path, { headers, redirect: 'manual' });
    const set = response.headers.getSetCookie()[0];
    if (set) this.cookie = set.slice(0, set.indexOf(';'));
    return { status: response.status, text: await response.text() };
  }

  async json(app: RunningApp, path: string): Promise<Data> {
    return JSON.parse((await this.get(app, path)).text) as Data;
  }

  /** The same cookie in another tab, which takes no new one over. */
  tab(): Visitor {
    const tab = new Visitor();
    tab.cookie = this.cookie;
    return tab;
  }
}
