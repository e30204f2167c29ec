import type { Limits, Timeouts } from '../limits.js';
import type { ConnectionCaps } from './connection-caps.js';
import { ConnectionGate, type ConnectionRefusal } from './connection-gate.js';
import type { NormalizedFront } from './front-options.js';
import type { TlsSessions } from './tls-sessions.js';
import { type TlsListener, TlsTermination } from './tls-termination.js';

export interface GateInput {
  readonly edge: NormalizedFront;
  readonly limits: Limits;
  readonly timeouts: Timeouts;
  readonly onRefused: (reason: ConnectionRefusal) => void;
  readonly sessions: TlsSessions;
  readonly caps: ConnectionCaps;
}

/**
 * Undefined when there is nothing to do for a connection before its first request.
 *
 * @throws OptionError when a certificate cannot be used.
 */
export function openGate({ edge, sessions, ...bounds }: GateInput): ConnectionGate | undefined {
  const { tls, proxies, forwarders } = edge;
  const { limits } = bounds;
  const isPlain = tls === undefined && proxies.isEmpty && forwarders.isEmpty;
  if (isPlain && limits.connectionsPerAddress === 0) return undefined;
  const openTls = tls && ((listener: TlsListener) => new TlsTermination(tls, sessions, listener));
  return new ConnectionGate({ proxies, forwarders, ...bounds }, openTls);
}
