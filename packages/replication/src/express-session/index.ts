export { ClusterStore } from './cluster-store.js';
export type { ClusterStoreOptions } from './store-options.js';
export type { StoredCookie, StoredSession } from './stored-session.js';
