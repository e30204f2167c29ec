import type { IncomingMessage } from 'node:http';
import type { AttachedSession } from './attached-session.js';
import { type AttachOptions, socketsFor } from './session-sockets.js';
import type { SocketClient } from './socket-client.js';

/**
 * Gives a socket the session its upgrade came with; call it in `handleConnection(client, request)`.
 * From then on guards, `@Session()` and `@Principal()` work in the gateway, messages extend the idle
 * time, and the socket is closed with 1008 when the session ends, on whatever node that is decided.
 *
 * Resolves with undefined when the socket was closed instead: 1008, the upgrade may have no session
 * (see `verifyUpgrade`); 1013, the session cannot be served now, or has too many sockets. A client
 * without a session gets an attachment that has none. Rejects never; throws `SessionUsageError` when it
 * is not clear which application the request belongs to.
 */
export function attachSession(
  client: SocketClient,
  request: IncomingMessage,
  options?: AttachOptions,
): Promise<AttachedSession | undefined> {
  return socketsFor(request).attach(client, request, options);
}

/** What `ws` tells of an upgrade. */
export interface Upgrade {
  readonly req: IncomingMessage;
}

type Verdict = (isAllowed: boolean, status?: number, message?: string) => void;

/**
 * Answers 403 to an upgrade from another origin, without TLS where that is required, or with a token
 * in its address, before there is a socket: `@WebSocketGateway({ verifyClient: verifyUpgrade })`. Such a
 * socket would be closed by `attachSession` otherwise.
 */
export function verifyUpgrade({ req }: Upgrade, done: Verdict): void {
  const reason = socketsFor(req).refusalOf(req);
  if (reason === undefined) done(true);
  else done(false, 403, reason);
}
