import type { AddressCounts } from '../edge/address-counts.js';
import type { BalancerOptions, BoundOptions } from '../options.js';
import type { FleetView } from './fleet-view.js';
import type { WorkerReport } from './worker-report.js';

/** What a worker has to know to serve clients: nothing of the bus, and nothing of operators. */
export type WorkerOptions = Omit<
  BalancerOptions,
  'directory' | 'adminHost' | 'adminPort' | 'adminToken' | 'random' | 'now'
>;

/** From the primary, which owns everything but the clients' connections. */
export type ToWorker =
  | { readonly kind: 'start'; readonly options: WorkerOptions; readonly view: FleetView }
  | { readonly kind: 'view'; readonly view: FleetView }
  | { readonly kind: 'reconfigure'; readonly bounds: BoundOptions }
  /** What other workers have counted. */
  | { readonly kind: 'addresses'; readonly counts: AddressCounts }
  /** The answer to `tls-keep`, without a session, and to `tls-find`. */
  | { readonly kind: 'tls-answer'; readonly number: number; readonly session: Buffer | null }
  /** `idleMs`: how long a connection without a request may wait for its last one. */
  | { readonly kind: 'stop'; readonly idleMs: number }
  /** The answer to `done`: no connection is on its way to the worker any more. */
  | { readonly kind: 'end' };

export type FromWorker =
  /** It listens to messages. */
  | { readonly kind: 'loaded' }
  /** It takes clients, at this origin. */
  | { readonly kind: 'ready'; readonly url: string }
  /** It cannot start, and ends. */
  | { readonly kind: 'unusable'; readonly reason: string }
  /** A node refused a connection. */
  | {
      readonly kind: 'refused';
      readonly label: string;
      readonly incarnation: string;
      readonly atMs: number;
    }
  /** Requests fail at a node, and somebody has to look whether it is there at all. */
  | { readonly kind: 'doubt'; readonly label: string; readonly incarnation: string }
  | { readonly kind: 'addresses'; readonly counts: AddressCounts }
  /** A client has begun a TLS session, and may come to another worker with it. */
  | {
      readonly kind: 'tls-keep';
      readonly number: number;
      readonly id: Buffer;
      readonly session: Buffer;
    }
  | { readonly kind: 'tls-find'; readonly number: number; readonly id: Buffer }
  | { readonly kind: 'report'; readonly report: WorkerReport }
  /** It has let go of its port, and nothing is under way. */
  | { readonly kind: 'done' }
  | { readonly kind: 'ended' };

/** Tells a worker from a program that was started by somebody else's cluster. */
export const WORKER_VARIABLE = 'UNDERSTUDY_BALANCER_WORKER';
