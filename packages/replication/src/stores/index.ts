export { RedisSessionStore } from './redis-session-store.js';
export type { RedisSessionStoreOptions } from './redis-store-options.js';
export { decodeDocument, encodeDocument } from './stored-document.js';
