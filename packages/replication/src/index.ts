export type { KeyringKey, Sealer } from './codec/seal.js';
export type { EndReason } from './core/endings/end-reasons.js';
export { compareLockTokens, type HeldLock, type LockToken } from './core/owner/lock-calls.js';
export { consumeRate, type RateOutcome, type RateParameters } from './core/owner/rate-limit.js';
export type { EnlistPolicy } from './core/principals/principal-calls.js';
export type { Standing } from './core/principals/standing.js';
export {
  compareVersions,
  formatVersion,
  parseVersion,
  type Version,
} from './core/record/version.js';
export { applyOperations } from './core/values/apply.js';
export { assertSessionValue } from './core/values/assert-value.js';
export { diff } from './core/values/diff.js';
export { equalValues } from './core/values/equal.js';
export type { Operation } from './core/values/operations.js';
export type { Path, SessionDocument, SessionObject, SessionValue } from './core/values/values.js';
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
  TransportTlsError,
  type TransportTlsReason,
} from './errors.js';
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
} from './node/api/cluster-api.js';
export type { LockOutcome, LockRequest, LockStore } from './node/api/lock-api.js';
export type { ClusterObserver, FailoverNotice } from './node/api/observer-api.js';
export type {
  EndedPlace,
  EnlistRequest,
  EnlistResult,
  PrincipalSession,
  PrincipalSessions,
  PrincipalStore,
  Revoked,
} from './node/api/principal-api.js';
export type { Clock } from './node/driver/clock.js';
export type { ClusterOptions, NodeOptions } from './node/options.js';
export { SessionCluster } from './node/session-cluster.js';
export { type ObserverOptions, observeCluster } from './node/telemetry/cluster-observer.js';
export type { NodeTestimony, RecordExplanation } from './node/telemetry/explain-record.js';
export type { FlightEvent } from './node/telemetry/flight-recorder.js';
export type { HistogramSnapshot } from './node/telemetry/histogram.js';
export type { ClusterLogger } from './node/telemetry/logger.js';
export type { ClusterMetric } from './node/telemetry/metrics.js';
export { createSealer, type SealerOptions } from './node/wire/create-sealer.js';
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
  type NatsAuthenticator,
  type NatsTlsOptions,
  type NatsTransportOptions,
  natsTransport,
  type PublishOptions,
  startEmbeddedBus,
  type Transport,
  type TransportMessage,
  type TransportStatus,
  type TransportSubscription,
} from './transport/index.js';
