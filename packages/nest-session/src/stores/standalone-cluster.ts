import { randomBytes } from 'node:crypto';
import type {
  Cluster,
  ClusterMember,
  ClusterStatus,
  LockOutcome,
  PrincipalStore,
  RecordExplanation,
  SessionStore,
} from '@understudy/replication';
import { SessionOptionError } from '../errors.js';

/** A store that needs no nodes. */
export interface CentralStore extends SessionStore, PrincipalStore {
  readonly connected: boolean;
  /** Tells of every session that a call here ended, once in all processes. */
  onEnded(listener: (key: string, reason: string) => void): () => void;
  stop(): Promise<void>;
}

const BOOT_BYTES = 6;
/** Of a key, as the engine's own events show it. */
const NAME_CHARACTERS = 10;

/**
 * A store outside of the processes as the one node of a cluster: what has no meaning there is
 * empty. An end is told once, by the process that brought it about; those that time brings are not.
 */
export function standaloneCluster(store: CentralStore, name: string): Cluster {
  const incarnation = `${name}~${randomBytes(BOOT_BYTES).toString('base64url')}`;
  let state: 'active' | 'draining' | 'stopped' = 'active';
  // Without its store a node can serve nothing, and balancers that have another should know.
  const shown = () => (state === 'active' && !store.connected ? ('joining' as const) : state);
  const status = (): ClusterStatus => ({ state: shown(), degraded: !store.connected });
  const member = (): ClusterMember => ({
    id: name,
    label: store.label,
    incarnation,
    state: memberState(shown()),
    weight: 1,
    pid: process.pid,
    sessionsOwned: 0,
    sessionsHeld: 0,
    self: true,
  });
  const refuse = async (what: string): Promise<never> => {
    throw new SessionOptionError(
      'store',
      name,
      `a cluster in its place: ${what} are not kept there`,
    );
  };
  return {
    id: name,
    label: store.label,
    incarnation,
    wouldOwn: (key) => store.wouldOwn(key),
    mintTries: () => store.mintTries(),
    create: (request) => store.create(request),
    open: (key, options) => store.open(key, options),
    commit: (request) => store.commit(request),
    touch: (key) => store.touch(key),
    rotate: (request) => store.rotate(request),
    destroy: (key, reason) => store.destroy(key, reason),
    reserve: (key, journalKey, fingerprint) => store.reserve(key, journalKey, fingerprint),
    release: (key, journalKey) => store.release(key, journalKey),
    consume: (request) => store.consume(request),
    status,
    members: () => [member()],
    on: (listener) =>
      store.onEnded((key, reason) => {
        listener({ kind: 'ended', keyHash: key.slice(0, NAME_CHARACTERS), key, reason });
      }),
    metrics: () => [],
    ledSessions: () => [],
    explain: (): Promise<RecordExplanation> => refuse('histories of records'),
    async drain() {
      if (state === 'active') state = 'draining';
      return { left: 0 };
    },
    async stop() {
      state = 'stopped';
      await store.stop();
    },
    enlist: (request) => store.enlist(request),
    delist: (principal, handle) => store.delist(principal, handle),
    listSessions: (principal) => store.listSessions(principal),
    revokeAll: (principal) => store.revokeAll(principal),
    revokeOthers: (principal, handle) => store.revokeOthers(principal, handle),
    revokeOne: (principal, handle) => store.revokeOne(principal, handle),
    lock: (): Promise<LockOutcome> => refuse('locks'),
    unlock: () => refuse('locks'),
  };
}

function memberState(state: ClusterStatus['state']): ClusterMember['state'] {
  return state === 'stopped' ? 'dead' : state;
}
