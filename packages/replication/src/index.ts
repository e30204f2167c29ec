export type { KeyringKey, Sealer } from './codec/seal.js';
export { applyOperations } from './core/apply.js';
export { assertSessionValue } from './core/assert-value.js';
export { diff } from './core/diff.js';
export type { EndReason } from './core/end-reasons.js';
export { equalValues } from './core/equal.js';
export { compareLockTokens, type HeldLock, type LockToken } from './core/lock-calls.js';
export type { Operation } from './core/operations.js';
export type { EnlistPolicy } from './core/principal-calls.js';
export { consumeRate, type RateOutcome, type RateParameters } from './core/rate-limit.js';
export type { Standing } from './core/standing.js';
export type { Path, SessionDocument, SessionObject, SessionValue } from './core/values.js';
export { compareVersions, formatVersion, parseVersion, type Version } from './core/version.js';
export {
  ClusterStoppedError,
  CommitUnknownError,
  FrameError,
  InternalError,
  LimitError,
  MessageTooLargeError,
  NotOwnerError,
  OptionError,
  ReplicationError,
  type ReplicationErrorCode,
  SessionUnavailableError,
  SessionValueError,
  TierUnavailableError,
  TransportClosedError,
  TransportConnectError,
} from './errors.js';
export type { Clock } from './node/clock.js';
export type {
  Cluster,
  ClusterEvent,
  ClusterMember,
  ClusterStatus,
  CommitRequest,
  CommitResult,
  Committed,
  ConsumeRequest,
  CreateRequest,
  Durability,
  JournalEntry,
  MemberState,
  OpenOptions,
  OpenResult,
  RateDecision,
  RatePolicy,
  ReserveResult,
  RotateRequest,
  RotateResult,
  SessionKey,
  SessionSnapshot,
  SessionStore,
} from './node/cluster-api.js';
export { type ObserverOptions, observeCluster } from './node/cluster-observer.js';
export { createSealer, type SealerOptions } from './node/create-sealer.js';
export type { NodeTestimony, RecordExplanation } from './node/explain-record.js';
export type { FlightEvent } from './node/flight-recorder.js';
export type { HistogramSnapshot } from './node/histogram.js';
export type { LockOutcome, LockRequest, LockStore } from './node/lock-api.js';
export type { ClusterLogger } from './node/logger.js';
export type { ClusterMetric } from './node/metrics.js';
export type { ClusterObserver, FailoverNotice } from './node/observer-api.js';
export type { ClusterOptions, NodeOptions } from './node/options.js';
export type {
  EndedPlace,
  EnlistRequest,
  EnlistResult,
  PrincipalSession,
  PrincipalSessions,
  PrincipalStore,
  Revoked,
} from './node/principal-api.js';
export { SessionCluster } from './node/session-cluster.js';
export {
  decodeDocument,
  encodeDocument,
  RedisSessionStore,
  type RedisSessionStoreOptions,
} from './stores/index.js';

export {
  createMemoryTierContents,
  type ExpressSessionStore,
  type MemoryTierContents,
  type MemoryTierOptions,
  memoryTier,
  type RedisTierOptions,
  redisTier,
  type StoreTierOptions,
  storeTier,
  type Tier,
  type TierAnswer,
  type TierBurial,
  type TierEvent,
  type TierPolicy,
  type TierPolicyOptions,
  type TierRecord,
  type TierSeal,
  type TierVerdict,
} from './tiers/index.js';
export {
  createMemoryBus,
  type EmbeddedBus,
  type EmbeddedBusOptions,
  type EmbeddedBusProcess,
  type EmbeddedBusProcessOptions,
  embeddedBus,
  type Lane,
  type MemoryBus,
  type MemoryTransport,
  type MemoryTransportOptions,
  memoryTransport,
  type NatsTransportOptions,
  natsTransport,
  type PublishOptions,
  startEmbeddedBus,
  type Transport,
  type TransportMessage,
  type TransportStatus,
  type TransportSubscription,
} from './transport/index.js';
