import type { Recipient } from '../context.js';
import type { Located } from '../messages.js';
import type { Incarnation } from '../record/record.js';
import type { CallOutcome, CallResult, OwnerCall } from './calls.js';

/** What becomes of a call at the node where it was made. */
export interface CallRouting {
  finish(call: PendingCall, result: CallOutcome): void;
  /** It could not run here. */
  reroute(call: PendingCall, owner: Incarnation | undefined): void;
}

export const NOBODY: ReadonlySet<Incarnation> = new Set();

/**
 * A call on its way to the owner of its record, at the node where it was made. It is its own
 * recipient: thousands are under way at once, and a few closures for each are what the garbage
 * collector would spend most of its time on.
 */
export class PendingCall implements Recipient {
  hops = 0;
  tried = NOBODY;
  target: Incarnation | undefined = undefined;
  request: number | undefined = undefined;
  sentMs = 0;
  /** Set while everyone is asked who has the record. */
  locating: { readonly awaiting: Set<Incarnation>; readonly answers: Located[] } | undefined =
    undefined;
  /** Route again at this time: somebody else is claiming the record. */
  retryMs: number | undefined = undefined;
  /** How often it was sent to `target`, which has not answered. */
  sends = 0;
  /** Somebody may have numbered it, or has, and its answer will never come. */
  uncertain = false;
  /** The tier was asked, and has nothing. */
  notInTier = false;
  // Its place among the calls under way; theirs to change.
  isUnderWay = false;
  before: PendingCall | undefined = undefined;
  after: PendingCall | undefined = undefined;

  constructor(
    private readonly routing: CallRouting,
    public call: OwnerCall,
    readonly reply: (outcome: CallOutcome) => void,
    readonly hints: readonly string[],
    readonly deadlineMs: number,
  ) {}

  answer(result: CallResult): void {
    this.routing.finish(this, result);
  }

  redirect(owner: Incarnation | undefined): void {
    this.routing.reroute(this, owner);
  }

  numbered(): void {
    this.uncertain = true;
  }

  isOver(): boolean {
    return !this.isUnderWay;
  }
}
