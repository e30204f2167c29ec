export { RedisSessionStore, type RedisSessionStoreOptions } from './redis-session-store.js';
export { decodeDocument, encodeDocument } from './stored-document.js';
