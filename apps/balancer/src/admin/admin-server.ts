import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { UnknownNodeError } from '../errors.js';
import type { Limits } from '../limits.js';
import type { Balance } from '../metrics/balance.js';
import { problemOf, renderProblem } from '../proxy/problem.js';
import { within } from '../within.js';
import type { AdminToken } from './access.js';
import type { AdminSource } from './admin-source.js';
import { clusterView } from './cluster-view.js';
import { refusalOf } from './guard.js';
import { PAGE_SECURITY_POLICY, renderPage, renderTokenPage } from './page.js';
import { METRICS_CONTENT_TYPE, renderMetrics } from './prometheus.js';

export interface AdminContext {
  readonly source: AdminSource;
  readonly balance: Balance;
  readonly limits: Limits;
  /** Name or address the admin port is known by. */
  readonly host: string;
  /** Without one everybody who can reach the port may use it. */
  readonly token: AdminToken | undefined;
}

const STATE_REQUEST_MS = 3_000;

interface AdminAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly challenge?: string;
}

/** The port operators, dashboards and scrapers talk to. Apart from the clients' port on purpose. */
export function createAdminServer(context: AdminContext): Server {
  const server = createServer(
    { maxHeaderSize: 8 * 1024, headersTimeout: 5_000, requestTimeout: 10_000 },
    (request, response) => {
      limitBody(request, context.limits.adminBodyBytes);
      answer(context, request).then(
        (result) => send(response, result),
        () => send(response, problem(500, 'internal', 'The request could not be answered.')),
      );
    },
  );
  server.maxConnections = 256;
  return server;
}

async function answer(context: AdminContext, request: IncomingMessage): Promise<AdminAnswer> {
  const { method = '', headers } = request;
  const refusal = refusalOf(
    {
      method,
      host: headers.host,
      origin: headers.origin,
      contentType: headers['content-type'],
      requestedWith: headers['x-requested-with'] as string | undefined,
    },
    context.host,
  );
  if (refusal !== undefined) return problem(403, 'forbidden', refusal);
  const [path = '/'] = (request.url ?? '/').split('?');
  // Whoever looks after the process, as a container's health check, has no token.
  const isOpen = context.token === undefined || path === '/healthz';
  if (!isOpen && !context.token.accepts(headers.authorization)) return unauthorized(method, path);
  if (method === 'GET' || method === 'HEAD') return read(context, path);
  if (method === 'POST' && path === '/api/workers/replace') return replaceWorkers(context);
  const match = /^\/api\/nodes\/([^/]{1,256})\/(drain|undrain)$/.exec(path);
  if (method !== 'POST' || match === null) return problem(404, 'not-found', 'No such resource.');
  return requestState(context, match[1] as string, match[2] as 'drain' | 'undrain');
}

function read(context: AdminContext, path: string): AdminAnswer {
  const { source, balance } = context;
  const workers = source.workers?.();
  const view = () => clusterView(source.nodes(), source.failovers(), balance.read(), workers);
  switch (path) {
    case '/':
      return { status: 200, type: 'text/html; charset=utf-8', body: renderPage(view()) };
    case '/api/cluster':
      return json(200, view());
    case '/metrics': {
      const { requests, tunnels } = source.activity;
      const { counters } = source;
      const nodes = source.nodes();
      const imbalance = balance.read();
      const input = { counters, requestsInFlight: requests, tunnels, nodes, imbalance, workers };
      return { status: 200, type: METRICS_CONTENT_TYPE, body: renderMetrics(input) };
    }
    case '/healthz':
      return health(context);
    default:
      return problem(404, 'not-found', 'No such resource.');
  }
}

/** A browser is shown where to put the token; it never asks for one by itself. */
function unauthorized(method: string, path: string): AdminAnswer {
  const isPage = path === '/' && (method === 'GET' || method === 'HEAD');
  const answer = isPage
    ? { status: 401, type: 'text/html; charset=utf-8', body: renderTokenPage() }
    : problem(
        401,
        'unauthorized',
        'Authorization: Bearer with the token of this port is required.',
      );
  return { ...answer, challenge: 'Bearer realm="understudy-balancer"' };
}

/** The convention of the nodes: 200 ready, 404 draining, 503 down. */
function health({ source }: AdminContext): AdminAnswer {
  if (source.activity.stopping) return json(404, { state: 'draining' });
  const usable = source.nodes().some((node) => node.availability === 'up');
  const served = source.workers?.().list.some(({ state }) => state === 'ready') ?? true;
  return usable && served ? json(200, { state: 'ready' }) : json(503, { state: 'down' });
}

function replaceWorkers({ source }: AdminContext): AdminAnswer {
  if (source.replaceWorkers === undefined) {
    return problem(404, 'no-workers', 'The balancer is one process; start it with workers.');
  }
  if (source.replaceWorkers()) return json(202, { requested: 'replace' });
  return problem(503, 'stopping', 'The balancer stops.');
}

async function requestState(
  { source }: AdminContext,
  encodedId: string,
  state: 'drain' | 'undrain',
): Promise<AdminAnswer> {
  let id: string;
  try {
    id = decodeURIComponent(encodedId);
  } catch {
    return problem(400, 'bad-request', 'The node id is not properly encoded.');
  }
  try {
    const late = () => new Error(`not within ${STATE_REQUEST_MS} ms`);
    await within(STATE_REQUEST_MS, source.requestState(id, state), late);
  } catch (error) {
    if (error instanceof UnknownNodeError) return problem(404, 'not-found', error.message);
    return problem(503, 'bus-unavailable', 'The cluster could not be told.');
  }
  return json(202, { id, requested: state });
}

function json(status: number, value: unknown): AdminAnswer {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}

function problem(status: number, name: string, detail: string): AdminAnswer {
  const { body } = renderProblem({
    ...problemOf('bad-request'),
    name,
    status,
    title: name,
    detail,
  });
  return { status, type: 'application/problem+json', body };
}

function send(response: ServerResponse, { status, type, body, challenge }: AdminAnswer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'Content-Security-Policy': PAGE_SECURITY_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }),
  });
  response.end(body);
}

/** Nothing here needs a body; what is sent all the same is dropped, and too much of it cuts. */
function limitBody(request: IncomingMessage, maxBytes: number): void {
  let bytes = 0;
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) request.destroy();
  });
}
