import type { Message } from '../core/messages.js';
import type { Lane } from '../transport/transport.js';
import type { BarrierMode } from './barrier.js';

interface Span {
  /** True time; everything is over when `untilMs` has passed. */
  readonly atMs: number;
  readonly untilMs: number;
}

interface NodeSpan extends Span {
  readonly node: string;
}

/** One fault of a schedule. */
export type Fault =
  /** With `on`, right after the node next sends such a message: where most can go wrong. */
  | (NodeSpan & { readonly kind: 'crash'; readonly on?: Message['kind'] | undefined })
  | (NodeSpan & { readonly kind: 'pause' })
  | (NodeSpan & { readonly kind: 'drain' })
  /** A node that was not there before; it drains in the end. */
  | (NodeSpan & { readonly kind: 'join' })
  /** Its monotonic clock leaps ahead, as after a live migration. */
  | (NodeSpan & { readonly kind: 'leap'; readonly leapMs: number })
  | (NodeSpan & {
      readonly kind: 'cut';
      readonly lanes: readonly Lane[];
      readonly clientNoticesMs: number;
      readonly brokerNoticesMs: number;
      readonly interestMs: number;
    })
  /** Nothing reaches or leaves the node, and nothing is lost. */
  | (NodeSpan & { readonly kind: 'clog' })
  | (Span & {
      readonly kind: 'partition';
      readonly side: readonly string[];
      /** Only what the side sends is stopped. */
      readonly oneWay: boolean;
      readonly mode: BarrierMode;
      readonly lateMs: number;
    })
  /** The broker dies; connections come back one by one, and the interest in subjects after them. */
  | (Span & {
      readonly kind: 'broker-crash';
      readonly spreadMs: number;
      readonly interestMs: number;
    })
  /** The broker is stopped by a signal; clients give up on it after `noticeMs`. */
  | (Span & { readonly kind: 'broker-freeze'; readonly noticeMs: number });

export type FaultOf<K extends Fault['kind']> = Extract<Fault, { kind: K }>;

/**
 * After a fault the copies are complete again within this: found out, taken over, copied. Profiles
 * with one kind of fault wait as long between two, so that nothing may be lost in them.
 */
export const EXPOSURE_MS = 8000;

/** How long a node that leaves tries to give everything away. */
export const DRAIN_DEADLINE_MS = 30_000;

/** How long after its end something that a fault held back may still arrive. */
export function lateMsOf(fault: Fault): number {
  switch (fault.kind) {
    case 'partition':
      return fault.lateMs;
    case 'broker-crash':
      return fault.spreadMs + fault.interestMs;
    case 'broker-freeze':
      return 1000;
    default:
      return 0;
  }
}
