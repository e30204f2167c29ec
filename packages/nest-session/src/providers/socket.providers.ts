import { SessionSockets } from '../websocket/session-sockets.js';
import type { FeatureProviders } from './feature-providers.js';

export const SOCKET_PROVIDERS: FeatureProviders = {
  providers: [SessionSockets],
  exports: [SessionSockets],
};
