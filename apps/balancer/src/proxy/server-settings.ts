import type { Server } from 'node:http';
import type { Limits, Timeouts } from '../limits.js';
import { limitConnections } from './connection-limit.js';

/** What a running server can take over of changed settings; node:http reads these as it needs. */
export function applySettings(server: Server, limits: Limits, timeouts: Timeouts): void {
  limitConnections(server, limits.clientConnections);
  server.headersTimeout = timeouts.clientHeadMs;
  server.requestTimeout = timeouts.clientRequestMs;
  server.keepAliveTimeout = timeouts.clientKeepAliveMs;
}
