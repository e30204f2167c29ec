import { LIMITS } from '../limits.js';
import type { BuriedKey } from '../messages.js';

/**
 * Burials of ids that only this node knew to follow from one it was told to bury. One at a time for
 * each id, and whoever tells of that end again waits for it with the others (the failure prevented:
 * every repetition of an end starts a burial of its own at every node for each id of the chain, and
 * their repetitions others: 600,000 messages for three ids when answers took as long as the time
 * after which they are missed; bus, seed 6081).
 */
export class SuccessorBurials {
  /** By key, then by who waits: a repetition takes the place of what it repeats. */
  readonly #open = new Map<string, Map<string, () => void>>();
  /** What is over, oldest first: it is not told to everybody once more. */
  readonly #done = new Set<string>();

  constructor(private readonly bury: (buried: BuriedKey, done: () => void) => void) {}

  /** `asker` names the request that waits; `confirm` is called once all these ids are dead everywhere. */
  await(buried: readonly BuriedKey[], asker: string, confirm: () => void): void {
    const left = buried.filter(({ key }) => !this.#done.has(key));
    let waitsFor = left.length;
    if (waitsFor === 0) confirm();
    for (const each of left) {
      this.#join(each, asker, () => {
        if (--waitsFor === 0) confirm();
      });
    }
  }

  #join(buried: BuriedKey, asker: string, confirm: () => void): void {
    const { key } = buried;
    const open = this.#open.get(key);
    if (open) {
      open.set(asker, confirm);
      return;
    }
    const waiting = new Map([[asker, confirm]]);
    this.#open.set(key, waiting);
    this.bury(buried, () => {
      this.#open.delete(key);
      this.#keepDone(key);
      for (const each of waiting.values()) each();
    });
  }

  #keepDone(key: string): void {
    this.#done.add(key);
    const [oldest] = this.#done;
    if (this.#done.size > LIMITS.successorBurials && oldest) this.#done.delete(oldest);
  }
}
