export type { HealthOptions } from './config/sections/health.js';
export { clusterDirectory, type ObservedCluster } from './directory/cluster-directory.js';
export type {
  BalancerNode,
  Failover,
  NodeDirectory,
  NodeState,
} from './directory/node-directory.js';
export {
  parseNodeList,
  type StaticDirectory,
  type StaticNode,
  staticDirectory,
} from './directory/static-directory.js';
export type { Certificate, NamedCertificate, TlsOptions, TlsVersion } from './edge/certificates.js';
export type { ForwardedHeader } from './edge/claims.js';
export type { FrontOptions } from './edge/front-options.js';
export type { RateLimitSettings } from './edge/rate-limit.js';
export {
  BalancerError,
  type BalancerErrorCode,
  ConfigError,
  ExportError,
  ListenError,
  OptionError,
} from './errors.js';
export type { EdgeNode, EdgeOptions } from './export/edge-fleet.js';
export type { EdgeRoutingOptions } from './export/edge-routing.js';
export { type EdgeKind, exportEdge } from './export/export-edge.js';
export type { CircuitSettings } from './health/circuit.js';
export { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, type Limits, type Timeouts } from './limits.js';
export type { BalancerOptions, BoundOptions, CookieSecrets } from './options.js';
export type { Rehoming } from './rehoming/plan.js';
export type { AffinityMethod, LabelPlace, ValueUse } from './routing/affinity.js';
export type { Assignment } from './routing/assignment.js';
export type { BoundedLoad } from './routing/bounded-load.js';
export type { NodeCookieOptions } from './routing/node-cookie.js';
export type { SlowStart } from './routing/slow-start.js';
export { type Balancer, startBalancer } from './start-balancer.js';
