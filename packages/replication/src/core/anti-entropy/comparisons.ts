import { LIMITS } from '../limits.js';
import type { ComparedPart } from '../messages.js';
import type { Incarnation } from '../record/record.js';
import { type Digest, sameBytes } from './digest.js';

/** After so many harmless differences in a row a look is taken at every 16th only. */
const MOST_HARMLESS = 4;

/** How the comparison of one part with one peer went so far: where to look next, and how often. */
class Comparison {
  /** Where the next look at differing buckets begins, so that all get their turn. */
  #cursor = 0;
  /** Differences in a row that turned out to be changes under way. */
  #harmless = 0;
  /** Differences to be left alone before the next look. */
  #skip = 0;
  /** What both sides summed up to when they differed last. */
  #sums: readonly [own: Uint8Array, theirs: Uint8Array] | undefined;

  /** The buckets that are worth a look now: none when the difference is to be left alone. */
  look(own: Digest, theirs: Uint8Array): number[] {
    const before = this.#sums;
    const sums = [own.sums(), theirs] as const;
    this.#sums = sums;
    // Nothing has moved on either side since: this is no change under way.
    if (before?.every((each, side) => sameBytes(each, sums[side] ?? theirs))) this.somethingWrong();
    if (this.#skip > 0) {
      this.#skip--;
      return [];
    }
    const buckets = chooseBuckets(own, theirs, this.#cursor);
    const last = buckets.at(-1);
    if (last === undefined) return buckets;
    this.#cursor = last + 1;
    this.#skip = 2 ** this.#harmless - 1;
    // Taken back as soon as something is found wrong.
    this.#harmless = Math.min(this.#harmless + 1, MOST_HARMLESS);
    return buckets;
  }

  /** What differs is no change under way: the next difference is looked at. */
  somethingWrong(): void {
    this.#harmless = 0;
    this.#skip = 0;
  }
}

/** The comparisons with all peers. */
export class Comparisons {
  readonly #byPart = new Map<string, Comparison>();

  of(peer: Incarnation, part: ComparedPart): Comparison {
    const key = `${part}/${peer}`;
    let comparison = this.#byPart.get(key);
    if (!comparison) {
      comparison = new Comparison();
      this.#byPart.set(key, comparison);
    }
    return comparison;
  }

  /** It was away, or is new: whatever was found of it says nothing. */
  forget(peer: Incarnation): void {
    for (const part of ['copies', 'ends'] as const) this.#byPart.delete(`${part}/${peer}`);
  }

  clear(): void {
    this.#byPart.clear();
  }
}

/** As many of the differing buckets as one look may list; at least one. */
function chooseBuckets(own: Digest, sums: Uint8Array, first: number): number[] {
  const chosen: number[] = [];
  let listed = 0;
  for (const bucket of own.differing(sums, first)) {
    listed += own.countIn(bucket);
    if (chosen.length > 0 && listed > LIMITS.stampsPerLook) break;
    // What the other side holds there is unknown: not so many that its list would be cut.
    if (chosen.length === LIMITS.bucketsPerLook) break;
    chosen.push(bucket);
  }
  return chosen;
}
