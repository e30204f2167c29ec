import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FleetNode } from '../fleet.js';
import type { Limits, Timeouts } from '../limits.js';
import type { UpstreamHead } from '../upstream/upstream.js';
import type { ProxyContext } from './context.js';
import { Exchange, type TunnelStart } from './exchange.js';
import {
  type AcceptedRequest,
  inspectRequest,
  isWebSocketUpgrade,
  type RefusedRequest,
  type RequestHead,
} from './inspect-request.js';
import { problemOf, renderProblem } from './problem.js';
import { ResponseSink } from './response-sink.js';
import { openTunnel } from './tunnel.js';

/** The server clients talk to. Strict in what it reads, bounded in everything it waits for. */
export function createFrontServer(context: ProxyContext): Server {
  const server = createServer(serverOptions(context.timeouts, context.limits));
  const { limits, activity } = context;
  server.maxConnections = limits.clientConnections;
  // Node would drop fields above its own count in silence; ours refuses the request instead.
  server.maxHeadersCount = 0;
  const open = new WeakMap<Duplex, Set<ResponseSink>>();
  server.on('connection', (socket) => {
    const sinks = new Set<ResponseSink>();
    open.set(socket, sinks);
    socket.once('close', () => {
      for (const sink of [...sinks]) sink.leave();
    });
  });
  server.on('request', (request, response) => {
    const sinks = open.get(request.socket);
    const sink = new ResponseSink(response, () => activity.stopping);
    sinks?.add(sink);
    response.once('close', () => sinks?.delete(sink));
    if ((sinks?.size ?? 0) > limits.requestsPerConnection) overloaded(context, sink);
    else void serve(context, { request, sink, isBare: false });
  });
  server.on('upgrade', (request, socket, early) => onUpgrade(context, request, socket, early));
  server.on('clientError', (error, socket) => {
    const isAnswered = [...(open.get(socket) ?? [])].some((sink) => sink.begun);
    if (socket.writable && !isAnswered) refuseUnparsed(error, socket);
    else socket.destroy();
  });
  return server;
}

function serverOptions(timeouts: Timeouts, limits: Limits): ServerOptions {
  const options = {
    insecureHTTPParser: false,
    requireHostHeader: true,
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
  readonly startTunnel?: TunnelStart;
}

async function serve(context: ProxyContext, incoming: Incoming): Promise<void> {
  const { activity, counters, limits } = context;
  const { request, sink, isBare } = incoming;
  counters.requests++;
  const accepted = inspectRequest(headOf(request), limits.headerFields);
  if ('status' in accepted) {
    refuse(context, sink, accepted);
  } else if (isBare && accepted.body !== 'none') {
    // Nothing marks the end of this body any more, so it could not be told from what follows it.
    refuse(context, sink, { status: 501, detail: 'a body together with a change of protocol' });
  } else if (!activity.tryBegin()) {
    overloaded(context, sink);
  } else {
    await forward(context, incoming, accepted);
  }
}

async function forward(
  context: ProxyContext,
  { request, sink, startTunnel }: Incoming,
  accepted: AcceptedRequest,
): Promise<void> {
  const { activity, counters } = context;
  try {
    await new Exchange(context, { request, accepted, sink, startTunnel }).run();
    await sink.whenFlushed();
  } catch (error) {
    // A defect costs one request, not the process and with it every other request.
    process.emitWarning(error as Error);
    counters.problems.add('balancer-failed');
    if (sink.begun) sink.abort();
    else sink.problem(problemOf('balancer-failed'), true);
  } finally {
    if (sink.gone) counters.clientAborts++;
    activity.end();
  }
}

function refuse(context: ProxyContext, sink: ResponseSink, refused: RefusedRequest): void {
  context.counters.problems.add('bad-request');
  context.counters.response(refused.status);
  // What was misread once must not be read on.
  sink.problem(problemOf('bad-request', { ...refused, title: 'Request refused' }), true);
}

function overloaded(context: ProxyContext, sink: ResponseSink): void {
  context.counters.problems.add('balancer-overloaded');
  context.counters.response(503);
  sink.problem(problemOf('balancer-overloaded'));
}

/**
 * A request that asks for another protocol. Node hands over the bare socket; a response object on
 * it lets the ordinary path answer when there is no change of protocol after all.
 */
function onUpgrade(
  context: ProxyContext,
  request: IncomingMessage,
  socket: Duplex,
  early: Buffer,
): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  // What the server does for its own sockets ended with the upgrade.
  socket.on('error', () => socket.destroy());
  socket.on('drain', () => response.emit('drain'));
  response.on('finish', () => socket.end());
  const sink = new ResponseSink(response, () => true);
  const webSocket = isWebSocketUpgrade(headOf(request));
  if (webSocket && !context.activity.tunnelsFull) {
    const start: TunnelStart = (node, head, nodeSocket) => {
      response.detachSocket(socket as Socket);
      openTunnelTo(context, node, { client: socket, node: nodeSocket, early, head });
    };
    void serve(context, { request, sink, isBare: true, startTunnel: start });
  } else if (webSocket) {
    overloaded(context, sink);
  } else {
    void serve(context, { request, sink, isBare: true });
  }
}

function openTunnelTo(
  context: ProxyContext,
  node: FleetNode,
  ends: { client: Duplex; node: Duplex; early: Buffer; head: UpstreamHead },
): void {
  const { activity, timeouts } = context;
  node.tunnels++;
  let remove: () => void = () => {};
  const cut = openTunnel({
    ...ends,
    idleMs: timeouts.tunnelIdleMs,
    halfClosedMs: timeouts.halfClosedMs,
    onClosed: () => {
      node.tunnels--;
      remove();
    },
  });
  remove = activity.addTunnel(cut);
}

/** Answers what the parser refused; never called while a response is on the connection. */
function refuseUnparsed(error: Error & { code?: string }, socket: Duplex): void {
  const status = CLIENT_ERROR_STATUS[error.code ?? ''] ?? 400;
  const { headers, body } = renderProblem(problemOf('bad-request', { status }));
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`];
  for (let i = 0; i < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  // Closed in both directions: whoever stalls may never close its own.
  socket.end(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`, () => socket.destroy());
}

const CLIENT_ERROR_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

function headOf(request: IncomingMessage): RequestHead {
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    httpVersion: request.httpVersion,
    headers: request.rawHeaders,
  };
}
