import type { CallOutcome, OwnerCall } from './calls/calls.js';
import type { Testimony } from './claims/inquiries.js';
import type { EndReason } from './endings/end-reasons.js';
import type { ComparedPart, Message } from './messages.js';
import type { CommitId } from './record/applied-commits.js';
import type { HybridTime } from './record/hybrid-clock.js';
import type { Incarnation } from './record/record.js';
import type { Version } from './record/version.js';
import type { TierCoreEvent, TierEffect } from './tier/tier-port.js';
import type { Path } from './values/values.js';

/** What happens to a node, from the core's point of view. `nowMs` is monotonic. */
export type CoreEvent =
  | TierCoreEvent
  /** `wallMs`: what the wall clock shows, to date changes by; without it they are dated by `nowMs`. */
  | { readonly kind: 'tick'; readonly nowMs: number; readonly wallMs?: number | undefined }
  /** The end of an event-loop turn in which changes were made: send them as one frame. */
  | { readonly kind: 'flush'; readonly nowMs: number }
  | {
      readonly kind: 'message';
      readonly nowMs: number;
      readonly from: Incarnation;
      readonly message: Message;
    }
  /** The bus says that nobody listens at that incarnation; a hint. */
  | { readonly kind: 'unreachable'; readonly nowMs: number; readonly incarnation: Incarnation }
  /** A call that this node made is too large for a message; nobody has seen it. */
  | {
      readonly kind: 'unsent';
      readonly nowMs: number;
      readonly to: Incarnation;
      readonly request: number;
      readonly bytes: number;
      readonly maxBytes: number;
    }
  | { readonly kind: 'bus'; readonly nowMs: number; readonly connected: boolean }
  | {
      readonly kind: 'call';
      readonly nowMs: number;
      readonly id: number;
      readonly call: OwnerCall;
      /** Labels of likely owners, best first. */
      readonly hints: readonly string[];
      readonly deadlineMs: number;
    }
  /** Somebody wants to know everything that is known of a record. */
  | {
      readonly kind: 'explain';
      readonly nowMs: number;
      readonly id: number;
      readonly key: string;
    }
  | { readonly kind: 'witness'; readonly nowMs: number; readonly label: string }
  /** Between two ticks: a request waits for the verdict on a node. */
  | { readonly kind: 'watch'; readonly nowMs: number }
  | { readonly kind: 'drain'; readonly nowMs: number }
  | { readonly kind: 'undrain'; readonly nowMs: number }
  | { readonly kind: 'leave'; readonly nowMs: number }
  /** The shell has a new boot id and listens on its subjects. */
  | { readonly kind: 'reborn'; readonly nowMs: number; readonly incarnation: Incarnation };

/** What the shell is to do. */
export type CoreEffect =
  | TierEffect
  | { readonly kind: 'send'; readonly to: Incarnation; readonly message: Message }
  | { readonly kind: 'broadcast'; readonly message: Message }
  | { readonly kind: 'settle'; readonly id: number; readonly result: CallOutcome }
  | {
      readonly kind: 'explained';
      readonly id: number;
      readonly testimonies: readonly Testimony[];
    }
  /** Call back with `flush` at the end of this event-loop turn. */
  | { readonly kind: 'schedule-flush' }
  /** This incarnation was declared dead: make a new boot id, then send `reborn`. */
  | { readonly kind: 'rebirth' }
  | { readonly kind: 'notice'; readonly notice: CoreNotice };

/** Something worth an event, a metric or a log line. */
export type CoreNotice =
  | {
      readonly kind: 'member';
      readonly incarnation: Incarnation;
      readonly previous?: string | undefined;
    }
  | {
      readonly kind: 'takeover';
      readonly key: string;
      readonly from?: string | undefined;
      readonly version: Version;
      readonly tookMs: number;
    }
  | { readonly kind: 'handoff'; readonly key: string; readonly to: string }
  | { readonly kind: 'no-copy'; readonly key: string }
  /** Nobody had it but the tier, whose copy is led from now on. */
  | { readonly kind: 'restored'; readonly key: string; readonly version: Version }
  /** A change or an end was not in the tier when its answer could wait no longer. */
  | { readonly kind: 'tier-behind'; readonly key: string }
  | {
      readonly kind: 'lost-revisions';
      readonly key: string;
      readonly seen: Version;
      readonly found: Version;
    }
  | { readonly kind: 'ended'; readonly key: string; readonly reason: string }
  /** This node has learnt that a session ended, here or anywhere; `to` is its successor's key. */
  | {
      readonly kind: 'buried';
      readonly key: string;
      readonly reason?: EndReason | undefined;
      readonly to?: string | undefined;
    }
  | { readonly kind: 'fenced'; readonly key: string }
  /** It left memory; a store has it. */
  | { readonly kind: 'evicted'; readonly key: string }
  /**
   * A value was acknowledged on one side of a partition and lost against the other side. `by` is
   * absent when its session ended there or got another id, `commit` when only its time is known.
   */
  | {
      readonly kind: 'superseded';
      readonly key: string;
      readonly path: Path;
      readonly at: HybridTime;
      readonly by?: HybridTime | undefined;
      readonly commit?: CommitId | undefined;
    }
  /** The clock of that node is too far ahead to be followed. */
  | { readonly kind: 'clock-ahead'; readonly incarnation: Incarnation; readonly aheadMs: number }
  /** A copy is not an encoding this node can read: its session cannot be adopted here. */
  | { readonly kind: 'unreadable'; readonly key: string }
  /** What a peer holds, or knows to be ended, is not what it should be, or was changing meanwhile. */
  | {
      readonly kind: 'digest-mismatch';
      readonly peer: string;
      readonly part: ComparedPart;
      readonly buckets: number;
    }
  /** Copies or ends that were found wrong and are being mended. */
  | {
      readonly kind: 'resync';
      readonly peer: string;
      readonly part: ComparedPart;
      readonly records: number;
    }
  | { readonly kind: 'limit'; readonly limit: string };
