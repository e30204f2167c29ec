import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Client } from '../edge/forwarded.js';
import type { FleetNode } from '../fleet.js';
import type { UpstreamHead } from '../upstream/upstream.js';
import type { AcceptedRequest } from './inspect-request.js';
import type { ResponseSink } from './response-sink.js';

/** A request that is going to be passed on, and where its response goes. */
export interface ExchangeInput {
  readonly request: IncomingMessage;
  readonly accepted: AcceptedRequest;
  readonly client: Client;
  readonly sink: ResponseSink;
  /** Given for a WebSocket handshake: takes over when the node agrees. */
  readonly startTunnel: TunnelStart | undefined;
  /**
   * Called once: the response is complete, the client is gone, or a tunnel took over. With what was
   * thrown, if something was; then nobody may have been answered.
   */
  readonly onOver: (defect?: unknown) => void;
}

/** `client`: as it was found for the request; a closed socket knows no address. */
export type TunnelStart = (
  node: FleetNode,
  client: Client,
  ends: { readonly head: UpstreamHead; readonly socket: Duplex },
) => void;
