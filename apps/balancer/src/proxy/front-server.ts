import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionGate } from '../edge/connection-gate.js';
import type { Client } from '../edge/forwarded.js';
import type { FleetNode } from '../fleet.js';
import type { Limits, Timeouts } from '../limits.js';
import type { UpstreamHead } from '../upstream/upstream.js';
import { ClientConnection } from './client-connection.js';
import { connectionFacts } from './connection-facts.js';
import { limitConnections } from './connection-limit.js';
import type { ProxyContext } from './context.js';
import { Exchange } from './exchange.js';
import type { TunnelStart } from './exchange-input.js';
import {
  type AcceptedRequest,
  inspectRequest,
  isWebSocketUpgrade,
  type RefusedRequest,
  type RequestHead,
} from './inspect-request.js';
import { isUnused, problemOfParser } from './parser-error.js';
import { type ProxyProblem, problemOf } from './problem.js';
import { ResponseSink } from './response-sink.js';
import { openTunnel } from './tunnel.js';

/**
 * The server clients talk to. Strict in what it reads, bounded in everything it waits for. `gate` is
 * what a connection has to pass before.
 */
export function createFrontServer(context: ProxyContext, gate?: ConnectionGate): Server {
  const server = createServer(serverOptions(context.timeouts, context.limits));
  // Nobody but node:http listens for connections yet.
  gate?.guard(server);
  const { limits, activity } = context;
  limitConnections(server, limits.clientConnections);
  // Node would drop fields above its own count in silence; ours refuses the request instead.
  server.maxHeadersCount = 0;
  const open = new WeakMap<Duplex, ClientConnection>();
  const connectionOf = (socket: Socket): ClientConnection => {
    const known = open.get(socket);
    if (known !== undefined) return known;
    const connection = new ClientConnection(socket, limits, context.timeouts);
    open.set(socket, connection);
    return connection;
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const connection = connectionOf(request.socket);
    // In one segment with what was refused, so that the parser was not stopped in time.
    if (connection.refused) return void request.resume();
    const sink = new ResponseSink(response, activity);
    connection.add(sink);
    if (connection.pending > limits.requestsPerConnection) overloaded(context, { request, sink });
    else serve(context, { request, sink, isBare: false });
  };
  server.on('request', onRequest);
  // Unheard, Node would answer these two by itself, before anything has been inspected.
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', onRequest);
  // CONNECT, which the inspection refuses; without a listener Node would close without a word.
  server.on('connect', (request, socket) => {
    onBareRequest(context, { request, connection: connectionOf(socket as Socket) });
  });
  server.on('upgrade', (request, socket, early) => {
    onBareRequest(context, { request, early, connection: connectionOf(socket as Socket) });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    if (isUnused(error, socket as Socket)) return void socket.destroy();
    const problem = problemOfParser(error);
    if (!connectionOf(socket as Socket).refuse(problem)) return;
    context.counters.problems.add('bad-request');
    tellOfRefusal(context, socket as Socket, undefined, problem);
  });
  return server;
}

function serverOptions(timeouts: Timeouts, limits: Limits): ServerOptions {
  const options = {
    insecureHTTPParser: false,
    // Ours says so too, as a problem, and stops reading what follows.
    requireHostHeader: false,
    maxHeaderSize: limits.headBytes,
    headersTimeout: timeouts.clientHeadMs,
    requestTimeout: timeouts.clientRequestMs,
    keepAliveTimeout: timeouts.clientKeepAliveMs,
    connectionsCheckingInterval: Math.max(100, Math.min(timeouts.clientHeadMs / 4, 5_000)),
    noDelay: true,
    // From Node 22.21 and 24.9 on: other upgrades are ordinary requests, bodies included.
    shouldUpgradeCallback: (request: IncomingMessage) => isWebSocketUpgrade(headOf(request)),
  };
  return options;
}

interface Incoming {
  readonly request: IncomingMessage;
  readonly sink: ResponseSink;
  /** The parser has let go of the connection, as it does when an upgrade is asked for. */
  readonly isBare: boolean;
  readonly startTunnel?: TunnelStart | undefined;
}

function serve(context: ProxyContext, incoming: Incoming): void {
  const { activity, counters, limits, forwarding, rateLimiter } = context;
  const { request, isBare } = incoming;
  counters.requests++;
  const client = forwarding.clientOf(request);
  // Counted whatever becomes of it; told only when it is known where the request ends.
  const waitMs = rateLimiter.enabled ? rateLimiter.take(client.address, context.now()) : 0;
  const accepted = inspectRequest(headOf(request), limits);
  if ('status' in accepted) {
    refuse(context, incoming, accepted);
  } else if (isBare && accepted.body !== 'none') {
    // Nothing marks the end of this body any more, so it could not be told from what follows it.
    refuse(context, incoming, { status: 501, detail: 'a body together with a change of protocol' });
  } else if (waitMs > 0) {
    rateLimited(context, incoming, waitMs, accepted.body !== 'none');
  } else if (!activity.tryBegin()) {
    overloaded(context, incoming);
  } else {
    forward(context, incoming, accepted, client);
  }
}

function forward(
  context: ProxyContext,
  { request, sink, startTunnel }: Incoming,
  accepted: AcceptedRequest,
  client: Client,
): void {
  const onOver = (defect?: unknown): void => {
    if (defect !== undefined) afterDefect(context, sink, defect);
    sink.whenFlushed(() => {
      if (sink.gone) context.counters.clientAborts++;
      context.activity.end();
    });
  };
  try {
    if (accepted.expectsContinue) sink.continue();
    new Exchange(context, { request, accepted, client, sink, startTunnel, onOver }).start();
  } catch (error) {
    onOver(error);
  }
}

/** A defect costs one request, not the process and with it every other request. */
function afterDefect({ counters }: ProxyContext, sink: ResponseSink, defect: unknown): void {
  process.emitWarning(defect as Error);
  counters.problems.add('balancer-failed');
  if (sink.begun) sink.abort();
  else sink.problem(problemOf('balancer-failed'), true);
}

type Answered = Pick<Incoming, 'request' | 'sink'>;

function refuse(context: ProxyContext, { request, sink }: Answered, refused: RefusedRequest): void {
  context.counters.problems.add('bad-request');
  context.counters.response(refused.status);
  const problem = problemOf('bad-request', { ...refused, title: 'Request refused' });
  // What was misread once must not be read on.
  sink.problem(problem, true);
  tellOfRefusal(context, request.socket, request, problem);
}

function overloaded(context: ProxyContext, { request, sink }: Answered): void {
  context.counters.problems.add('balancer-overloaded');
  context.counters.response(503);
  const problem = problemOf('balancer-overloaded');
  sink.problem(problem);
  tellOfRefusal(context, request.socket, request, problem);
}

function tellOfRefusal(
  { onRefused, forwarding }: ProxyContext,
  socket: Socket,
  request: IncomingMessage | undefined,
  { status, name }: ProxyProblem,
): void {
  if (onRefused === undefined) return;
  const connection = request ? forwarding.clientOf(request) : connectionFacts(socket);
  onRefused({ request, connection, status, problem: name });
}

/** A body is not waited for: to read it for nothing is what the limit is there to save. */
function rateLimited(
  context: ProxyContext,
  { request, sink }: Answered,
  waitMs: number,
  hasBody: boolean,
): void {
  context.counters.problems.add('rate-limited');
  context.counters.response(429);
  const retryAfterSeconds = Math.ceil(waitMs / 1_000);
  const problem = problemOf('rate-limited', { retryAfterSeconds });
  sink.problem(problem, hasBody);
  tellOfRefusal(context, request.socket, request, problem);
}

interface BareRequest {
  readonly request: IncomingMessage;
  readonly connection: ClientConnection;
  /** What came behind the head. */
  readonly early?: Buffer;
}

/**
 * A request that asks for another protocol. Node hands over the bare socket; a response object on
 * it lets the ordinary path answer when there is no change of protocol after all.
 */
function onBareRequest(context: ProxyContext, bare: BareRequest): void {
  const { request, connection, early } = bare;
  const { socket } = connection;
  connection.takeOver();
  if (connection.refused) return;
  if (connection.pending > 0) {
    // Only one response can be on the bare socket, and those before have it. Nobody's client asks
    // for another protocol ahead of the answers to what it asked before.
    const detail = 'a change of protocol before earlier requests are answered';
    const problem = problemOf('bad-request', { status: 501, detail });
    context.counters.problems.add('bad-request');
    connection.refuse(problem);
    tellOfRefusal(context, socket, request, problem);
    return;
  }
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  socket.on('drain', () => response.emit('drain'));
  response.on('finish', () => connection.finish());
  const sink = new ResponseSink(response, { stopping: true });
  const webSocket = early !== undefined && isWebSocketUpgrade(headOf(request));
  if (webSocket && context.activity.tunnelsFull) {
    overloaded(context, { request, sink });
    return;
  }
  const startTunnel: TunnelStart = (node, client, { head, socket: nodeSocket }) => {
    response.detachSocket(socket);
    const ends = { client: socket, node: nodeSocket, early: early ?? Buffer.alloc(0), head };
    openTunnelTo(context, { node, request, connection: client }, ends);
  };
  serve(context, {
    ...{ request, sink, isBare: true },
    startTunnel: webSocket ? startTunnel : undefined,
  });
}

interface TunnelOrigin {
  readonly node: FleetNode;
  readonly request: IncomingMessage;
  readonly connection: Client;
}

function openTunnelTo(
  { activity, timeouts, now, onTunnel }: ProxyContext,
  { node, request, connection }: TunnelOrigin,
  ends: { client: Duplex; node: Duplex; early: Buffer; head: UpstreamHead },
): void {
  const startedAtMs = now();
  node.tunnels++;
  let remove: () => void = () => {};
  const cut = openTunnel({
    ...ends,
    idleMs: timeouts.tunnelIdleMs,
    halfClosedMs: timeouts.halfClosedMs,
    onClosed: (end) => {
      node.tunnels--;
      remove();
      onTunnel?.({ request, connection, node, end, startedAtMs, endedAtMs: now() });
    },
  });
  remove = activity.addTunnel(cut);
}

function headOf(request: IncomingMessage): RequestHead {
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    httpVersion: request.httpVersion,
    headers: request.rawHeaders,
  };
}
