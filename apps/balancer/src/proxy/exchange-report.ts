import type { IncomingMessage } from 'node:http';
import type { FleetNode } from '../fleet.js';
import type { Availability } from '../health/health-state.js';
import type { FailureKind } from '../retry/decide.js';
import type { Route } from '../routing/candidates.js';
import type { ConnectionFacts } from './connection-facts.js';
import type { ProblemName, ProblemReason } from './problem.js';
import type { TunnelEnd } from './tunnel.js';

/** An attempt at a node that gave no response for the client. */
export interface FailedAttempt {
  readonly node: FleetNode;
  readonly failure: FailureKind;
  /** It is held against the node. */
  readonly blamed: boolean;
}

/** How an exchange ended. */
export type ExchangeCause =
  /** A node's response was passed on to its end. */
  | 'complete'
  /** A node changed the protocol; the tunnel goes on. */
  | 'upgraded'
  /** A node broke its response off, or it took too long as a whole. */
  | 'truncated'
  | 'client-gone'
  /** The balancer answered itself: `problem`. */
  | 'problem'
  /** A defect of the balancer; whoever called counts and answers it. */
  | 'balancer-failed';

/** One client request from its acceptance to its end. Times are on the balancer's clock. */
export interface ExchangeReport {
  readonly request: IncomingMessage;
  readonly connection: ConnectionFacts;
  readonly route: Route;
  /** What was thought of the session's owner at the first choice; undefined: it is not known. */
  readonly owner: Availability | undefined;
  /** Whose response it was; undefined when the balancer answered, or nobody. */
  readonly node: FleetNode | undefined;
  /** Of the response, the balancer's own included; undefined when there was none. */
  readonly status: number | undefined;
  readonly cause: ExchangeCause;
  readonly problem: ProblemName | undefined;
  /** Of the problem, where it is not known whether the request ran. */
  readonly reason: ProblemReason | undefined;
  /** Nodes the request was sent to. */
  readonly attempts: number;
  /** In the order of the attempts. */
  readonly failed: readonly FailedAttempt[];
  readonly startedAtMs: number;
  /** When the first node was found gone, if one was. */
  readonly failedAtMs: number | undefined;
  readonly endedAtMs: number;
  /** From the sending to the node that answered until the head of its response. */
  readonly firstByteMs: number | undefined;
  /** Bytes of the response's body that were passed on. */
  readonly bodyBytes: number;
}

export type ExchangeListener = (report: ExchangeReport) => void;

/** A request, or what came in the place of one, that the balancer answered without looking for a node. */
export interface RefusedExchange {
  /** Undefined when it could not be read as one. */
  readonly request: IncomingMessage | undefined;
  readonly connection: ConnectionFacts;
  readonly status: number;
  readonly problem: ProblemName;
}

export type RefusalListener = (refused: RefusedExchange) => void;

/** A tunnel that has ended, after the report of the request that opened it. */
export interface TunnelReport {
  readonly request: IncomingMessage;
  readonly connection: ConnectionFacts;
  readonly node: FleetNode;
  readonly end: TunnelEnd;
  /** On the balancer's clock: when the protocol changed, and when both directions were closed. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

export type TunnelListener = (report: TunnelReport) => void;
