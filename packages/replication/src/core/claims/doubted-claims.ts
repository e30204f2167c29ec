import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { Message } from '../messages.js';
import type { Incarnation } from '../record/record.js';

type ClaimMessage = Extract<Message, { kind: 'claim' }>;

interface DoubtedClaim {
  readonly from: Incarnation;
  readonly claim: ClaimMessage;
  readonly leader: Incarnation;
  readonly sinceMs: number;
}

/** Probes that are waited for. A leader that says nothing meanwhile may be frozen, and lives. */
const PATIENCE = 3;

/**
 * Claims of records whose leader is dead for the claimer and not, or not yet, for this node. It has
 * been probed for their sake: word that nobody listens is under way, or a sign of life. Refused at
 * once, a request would wait for another round after every crash that one node noticed first.
 */
export class DoubtedClaims {
  #waiting: DoubtedClaim[] = [];

  constructor(
    private readonly context: CoreContext,
    private readonly answer: (from: Incarnation, claim: ClaimMessage) => void,
  ) {}

  /** False when the claim is to be answered now: too many wait. */
  keep(from: Incarnation, claim: ClaimMessage, leader: Incarnation): boolean {
    if (this.#waiting.length >= LIMITS.doubtedClaims) return false;
    this.#waiting.push({ from, claim, leader, sinceMs: this.context.nowMs });
    return true;
  }

  memberDied(incarnation: Incarnation): void {
    this.#settle(({ leader }) => leader === incarnation);
  }

  tick(): void {
    if (this.#waiting.length > 0) this.#settle((doubted) => this.#isDecided(doubted));
  }

  #isDecided({ leader, sinceMs }: DoubtedClaim): boolean {
    const { nowMs, membership, settings } = this.context;
    const heardMs = membership.members.get(leader)?.lastHeardMs;
    if (heardMs === undefined || heardMs > sinceMs) return true;
    return nowMs - sinceMs >= PATIENCE * settings.timings.hintSpacingMs;
  }

  #settle(isDecided: (doubted: DoubtedClaim) => boolean): void {
    const decided = new Set(this.#waiting.filter(isDecided));
    this.#waiting = this.#waiting.filter((doubted) => !decided.has(doubted));
    for (const { from, claim } of decided) this.answer(from, claim);
  }
}
