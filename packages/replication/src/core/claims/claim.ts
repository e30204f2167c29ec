import type { HeldRecord } from '../memory/held-record.js';
import type { EncodedCopy } from '../messages.js';
import { compareLineages, type Incarnation, type Lineage } from '../record/record.js';
import type { Version } from '../record/version.js';
import { isNewer } from './claim-answers.js';

/** `unanswered`: the tier may hold what is missing, and does not answer. */
export type ClaimOutcome = 'owned' | 'none' | 'elsewhere' | 'unanswered';

export type ClaimDone = (outcome: ClaimOutcome) => void;

/** A takeover under way. */
export interface Claim {
  readonly key: string;
  epoch: number;
  request: number;
  awaiting: Set<Incarnation>;
  /** Who promised and holds a copy: the backups of the new lineage. */
  readonly holders: Set<Incarnation>;
  best: HeldRecord | undefined;
  /** Copies of other lineages: what the best one lacks of them is merged before it is served. */
  readonly rivals: HeldRecord[];
  readonly startedMs: number;
  sentMs: number;
  readonly waiters: ClaimDone[];
  attempts: number;
  /** The promise this node made to itself, and what it had promised before. */
  promise: Lineage | undefined;
  readonly promisedBefore: Lineage | undefined;
  /** The newest version that a client has seen. */
  wanted: Version | undefined;
  /** What the tier held, once it was asked. */
  stored: HeldRecord | undefined;
  askedTier: boolean;
  /** Its answer is waited for. */
  isAskingTier: boolean;
}

/** What the claimer knows besides its own copy. */
export interface ClaimHints {
  /** The tier's copy of a record that no member holds. */
  readonly stored?: EncodedCopy | undefined;
  /** The newest version a client has seen: if nobody has it, the tier may. */
  readonly wanted?: Version | undefined;
}

export function newClaim(
  key: string,
  nowMs: number,
  promisedBefore: Lineage | undefined,
  { stored, wanted }: ClaimHints,
): Claim {
  return {
    key,
    epoch: 0,
    request: 0,
    awaiting: new Set(),
    holders: new Set(),
    best: undefined,
    rivals: [],
    startedMs: nowMs,
    sentMs: 0,
    waiters: [],
    attempts: 0,
    promise: undefined,
    promisedBefore,
    wanted,
    stored: undefined,
    askedTier: stored !== undefined,
    isAskingTier: false,
  };
}

/** The newest copy is adopted; of one that is of another lineage the changes are, too. */
export function weigh(claim: Claim, offered: HeldRecord): void {
  const { best } = claim;
  const isBest = !best || isNewer(offered, best);
  if (isBest) claim.best = offered;
  const rival = isBest ? best : offered;
  if (rival && compareLineages(rival, isBest ? offered : best) !== 0) claim.rivals.push(rival);
}
