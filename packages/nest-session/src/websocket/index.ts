/** Sessions of WebSockets: `@understudy/nest-session/websocket`. */
export { attachSession, type Upgrade, verifyUpgrade } from './attach-session.js';
export { AttachedSession } from './attached-session.js';
export { SessionGatewayFilter } from './session-gateway.filter.js';
export { type AttachOptions, SessionSockets } from './session-sockets.js';
export type { SocketClient } from './socket-client.js';
