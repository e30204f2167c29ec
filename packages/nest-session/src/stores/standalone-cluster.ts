import { randomBytes } from 'node:crypto';
import type {
  Cluster,
  ClusterEvent,
  ClusterMember,
  ClusterStatus,
  EndedPlace,
  LockOutcome,
  PrincipalStore,
  RecordExplanation,
  Revoked,
  SessionStore,
} from '@understudy/replication';
import { SessionOptionError } from '../errors.js';

/** A store that needs no nodes. */
export interface CentralStore extends SessionStore, PrincipalStore {
  readonly connected: boolean;
  stop(): Promise<void>;
}

const BOOT_BYTES = 6;
/** Of a key, as the engine's own events show it. */
const NAME_CHARACTERS = 10;

/**
 * A store outside of the processes as the one node of a cluster: what has no meaning there is
 * empty. Ends are told by the process that was asked for them; of those that time brings, nobody is.
 */
export function standaloneCluster(store: CentralStore, name: string): Cluster {
  const incarnation = `${name}~${randomBytes(BOOT_BYTES).toString('base64url')}`;
  let state: ClusterStatus['state'] = 'active';
  const listeners = new Set<(event: ClusterEvent) => void>();
  const tellEnd = (key: string, reason: string): void => {
    const event: ClusterEvent = {
      kind: 'ended',
      keyHash: key.slice(0, NAME_CHARACTERS),
      key,
      reason,
    };
    for (const listener of listeners) listener(event);
  };
  const tellEnds = (ended: readonly EndedPlace[], reason: string): void => {
    for (const { session } of ended) tellEnd(session, reason);
  };
  const revoked = async (revoking: Promise<Revoked>): Promise<Revoked> => {
    const result = await revoking;
    tellEnds(result.ended, 'revoked');
    return result;
  };
  const status = (): ClusterStatus => ({ state, degraded: !store.connected });
  const member = (): ClusterMember => ({
    id: name,
    label: store.label,
    incarnation,
    state: state === 'stopped' ? 'dead' : state,
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
    async destroy(key, reason) {
      await store.destroy(key, reason);
      tellEnd(key, reason);
    },
    reserve: (key, journalKey, fingerprint) => store.reserve(key, journalKey, fingerprint),
    release: (key, journalKey) => store.release(key, journalKey),
    consume: (request) => store.consume(request),
    status,
    members: () => [member()],
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
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
    async enlist(request) {
      const result = await store.enlist(request);
      if (result.status === 'enlisted') tellEnds(result.evicted, 'evicted');
      return result;
    },
    delist: (principal, handle) => store.delist(principal, handle),
    listSessions: (principal) => store.listSessions(principal),
    revokeAll: (principal) => revoked(store.revokeAll(principal)),
    revokeOthers: (principal, handle) => revoked(store.revokeOthers(principal, handle)),
    revokeOne: (principal, handle) => revoked(store.revokeOne(principal, handle)),
    lock: (): Promise<LockOutcome> => refuse('locks'),
    unlock: () => refuse('locks'),
  };
}
