import type { CoreContext } from '../context.js';
import { heldFrom } from '../copies/copies.js';
import type { EncodedCopy } from '../messages.js';
import { readCopy } from '../record/read-copy.js';
import { compareVersions } from '../record/version.js';
import { type Claim, weigh } from './claim.js';

/** How a claim goes on after the tier's word. */
export interface ClaimCourse {
  isUnderWay(claim: Claim): boolean;
  beginAbove(claim: Claim, epoch: number): void;
  /** Everybody may have answered now. */
  decide(claim: Claim): void;
  /** The tier does not answer. */
  giveUp(claim: Claim): void;
  endElsewhere(claim: Claim): void;
}

/** What the store behind the cluster has to say of a record that is claimed. */
export class ClaimTier {
  constructor(
    private readonly context: CoreContext,
    private readonly course: ClaimCourse,
  ) {}

  /** Goes past the version of the tier's copy, which may be of an epoch nobody alive has heard of. */
  offer(claim: Claim, copy: EncodedCopy): void {
    this.keep(claim, copy);
    if (claim.epoch <= copy.epoch) this.course.beginAbove(claim, copy.epoch);
  }

  keep(claim: Claim, copy: EncodedCopy): void {
    claim.askedTier = true;
    const stored = heldFrom(claim.key, copy, this.context.nowMs);
    // Above all others by its number, it would be adopted, and the session lost over it.
    if (claim.best && !readCopy(this.context, claim.key, stored)) return;
    claim.stored = stored;
    // What was at hand counts as well: it may have changes that the tier was never told (sides, seed 4022).
    weigh(claim, claim.stored);
  }

  /** Whether the tier is to be asked first: a client has seen more than any member still holds. */
  asks(claim: Claim): boolean {
    const { wanted, best, askedTier, key } = claim;
    const { tiering } = this.context;
    if (claim.isAskingTier) return true;
    if (askedTier || !wanted || !best || !tiering.enabled) return false;
    if (compareVersions(wanted, best) <= 0) return false;
    claim.askedTier = true;
    claim.isAskingTier = true;
    tiering.read(key, (found) => {
      claim.isAskingTier = false;
      if (!this.course.isUnderWay(claim)) return;
      if (found.kind === 'buried') {
        this.context.bury(found.buried);
        this.course.endElsewhere(claim);
      } else if (found.kind === 'failed') {
        this.course.giveUp(claim);
      } else {
        if (found.kind === 'copy') this.offer(claim, found.copy);
        if (claim.awaiting.size === 0) this.course.decide(claim);
      }
    });
    return true;
  }
}
