export type { SerializedCookieJar } from './cookie-jar.js';
export { CookieJar } from './cookie-jar.js';
export type { NodeTransport, NodeTransportOptions } from './node-transport.js';
export { nodeTransport } from './node-transport.js';
export type { StoredCookie } from './set-cookie.js';
