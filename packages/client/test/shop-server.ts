import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request: named by the moment it goes wrong. */
export type Fault =
  /** The connection breaks before anything ran. */
  | { readonly kind: 'drop-before' }
  /** The handler runs and the connection breaks before the answer. */
  | { readonly kind: 'drop-after' }
  /** The handler runs and the connection breaks in the middle of the answer's body. */
  | { readonly kind: 'drop-during' }
  /** The handler runs and the answer never comes. */
  | { readonly kind: 'hang-after' }
  /** Nothing runs; this is the answer. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly code?: string;
      readonly retryAfter?: string;
    };

interface Record {
  csrfToken: string;
  principal: { readonly id: string } | null;
  orders: string[];
  revision: number;
  journal: Map<string, { readonly status: number; readonly body: string }>;
}

/** What a request looked like when it arrived, for tests to ask about. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export interface ShopServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  /** One fault per arriving request, in order; `undefined` lets one pass. */
  readonly faults: (Fault | undefined)[];
  /** Orders placed, over all sessions: one entry for each time the handler ran to its commit. */
  readonly orders: string[];
  /** Every session forgets its CSRF token, as after a change of secrets. */
  rotateCsrfTokens(): void;
  /** Every session is gone, as after `revokeAll`. */
  endSessions(): void;
  close(): Promise<void>;
}

/**
 * A small shop that keeps docs/http.md: sessions in a map, CSRF, and a journal of keys inside the
 * session, so that a repeated order is one order.
 *
 * @param shared sessions of another server: two nodes of one cluster
 */
export async function startShopServer(shared?: ShopServer): Promise<ShopServer> {
  const state = (shared as ShopServerWithState | undefined)?.state ?? {
    sessions: new Map<string, Record>(),
    orders: [] as string[],
    ended: new Set<string>(),
  };
  const faults: (Fault | undefined)[] = [];
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void serve(request, response, { state, seen, fault: () => faults.shift() });
  });
  await listen(server);
  const shop: ShopServerWithState = {
    state,
    seen,
    faults,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    orders: state.orders,
    rotateCsrfTokens() {
      for (const record of state.sessions.values()) record.csrfToken = randomUUID();
    },
    endSessions() {
      for (const id of state.sessions.keys()) state.ended.add(id);
      state.sessions.clear();
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
  return shop;
}

interface ShopState {
  readonly sessions: Map<string, Record>;
  readonly orders: string[];
  readonly ended: Set<string>;
}

interface ShopServerWithState extends ShopServer {
  readonly state: ShopState;
}

interface ServeContext {
  readonly state: ShopState;
  readonly seen: SeenRequest[];
  readonly fault: () => Fault | undefined;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: { readonly [name: string]: string };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { state, seen, fault: nextFault }: ServeContext,
): Promise<void> {
  const { method = '', url = '', headers } = request;
  seen.push({ method, path: url, headers });
  const body = await readText(request);
  const fault = nextFault();
  if (fault?.kind === 'drop-before') return void request.socket.destroy();
  const cookies: string[] = [];
  const answer =
    fault?.kind === 'answer'
      ? problem(fault)
      : handle({ method, url, headers, body }, state, cookies);
  if (fault?.kind === 'drop-after') return void request.socket.destroy();
  if (fault?.kind === 'hang-after') return;
  const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    'content-type': answer.status < 400 ? 'application/json' : 'application/problem+json',
    ...(text && { 'content-length': String(Buffer.byteLength(text)) }),
    ...answer.headers,
    'set-cookie': cookies,
  });
  if (fault?.kind !== 'drop-during') return void response.end(text);
  response.write(text.slice(0, 1), () => request.socket.destroy());
}

interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function handle(arrived: Arrived, state: ShopState, cookies: string[]): Answer {
  const { method, url, headers } = arrived;
  const route = `${method} ${url.split('?')[0]}`;
  const { sid } = readCookies(headers.cookie);
  let record = state.sessions.get(sid ?? '');
  if (route === 'GET /session') {
    if (!record && url.endsWith('csrf=1')) record = createRecord(state, cookies);
    return { status: 200, body: describe(record), ...(record && { headers: info(record) }) };
  }
  if (sid && state.ended.has(sid)) return problem({ status: 401, code: 'session-ended' });
  if (route === 'GET /api/products') return { status: 200, body: [{ sku: 'pen', price: 2 }] };
  if (route === 'GET /circle') return { status: 302, headers: { location: '/circle' } };
  if (method === 'GET') return { status: 200, body: record?.orders ?? [] };
  if (!record || headers['x-csrf-token'] !== record.csrfToken) {
    return problem({ status: 403, code: 'csrf-invalid' });
  }
  return change(route, arrived, record, state, cookies);
}

function change(
  route: string,
  { headers, body }: Arrived,
  record: Record,
  state: ShopState,
  cookies: string[],
): Answer {
  const key = headers['idempotency-key'] as string | undefined;
  const first = record.journal.get(key ?? '');
  if (first) {
    const replayed = { ...info(record), 'idempotent-replayed': 'true' };
    return { status: first.status, body: JSON.parse(first.body), headers: replayed };
  }
  record.revision += 1;
  switch (route) {
    case 'POST /api/orders': {
      record.orders.push(body);
      state.orders.push(body);
      const outcome = { status: 201, body: JSON.stringify({ id: record.orders.length }) };
      if (key) record.journal.set(key, outcome);
      return { status: 201, body: JSON.parse(outcome.body), headers: info(record) };
    }
    case 'POST /api/login': {
      const fresh = createRecord(state, cookies);
      fresh.principal = { id: JSON.parse(body).username };
      return { status: 302, headers: { location: '/api/orders' } };
    }
    case 'POST /api/cart/items':
      return { status: 200, body: { items: [JSON.parse(body)] }, headers: info(record) };
    case 'POST /api/away':
      return { status: 307, headers: { location: body } };
    case 'DELETE /session':
      cookies.push('sid=; Path=/; Max-Age=0', 'sid-csrf=; Path=/; Max-Age=0');
      return { status: 204 };
    default:
      return problem({ status: 404, code: 'not-found' });
  }
}

function createRecord(state: ShopState, cookies: string[]): Record {
  const id = randomUUID();
  const csrfToken = randomUUID();
  const journal = new Map<string, { status: number; body: string }>();
  const record: Record = { csrfToken, principal: null, orders: [], revision: 1, journal };
  state.sessions.set(id, record);
  cookies.push(`sid=${id}; Path=/; HttpOnly`, `sid-csrf=${csrfToken}; Path=/`);
  return record;
}

function describe(record: Record | undefined): unknown {
  return {
    authenticated: record?.principal != null,
    principal: record?.principal ?? null,
    expiresAt: new Date(Date.now() + 1_800_000).toISOString(),
    csrfToken: record?.csrfToken ?? null,
    revision: record ? `1.${record.revision}` : null,
  };
}

function info({ revision }: Record): { readonly [name: string]: string } {
  return { 'session-info': `node="a", rev="1.${revision}", exp=1800, copies=1` };
}

function problem(fault: {
  readonly status: number;
  readonly code?: string;
  readonly retryAfter?: string;
}): Answer {
  const { status, code, retryAfter } = fault;
  return {
    status,
    body: { type: `urn:understudy:${code}`, title: code, status, code },
    ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }),
  };
}

function readCookies(header = ''): { readonly [name: string]: string | undefined } {
  return Object.fromEntries(header.split('; ').map((entry) => entry.split('=')));
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
}
