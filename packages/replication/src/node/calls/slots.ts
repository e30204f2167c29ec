/** More than calls can be under way at one node (`LIMITS.callsInFlight`). */
const SLOT_BITS = 17;
/** Together they fit a small integer, which costs no object of its own. */
const GENERATIONS = 2 ** 13;

/**
 * Values by number, for what comes and goes tens of thousands of times a second. A map would be laid
 * out anew after every few thousand, and each former layout keeps alive what was in it until the next
 * full collection: that made a fifth of an owner's time the collector's.
 */
export class Slots<Value> {
  readonly #values: (Value | undefined)[] = [];
  readonly #generations: number[] = [];
  readonly #free: number[] = [];

  /** Keeps a value; the number differs from those that its slot had before. */
  add(value: Value): number {
    const slot = this.#free.pop() ?? this.#values.length;
    if (slot >= 2 ** SLOT_BITS) throw new RangeError('more values than slots');
    const generation = ((this.#generations[slot] ?? -1) + 1) % GENERATIONS;
    this.#generations[slot] = generation;
    this.#values[slot] = value;
    return generation * 2 ** SLOT_BITS + slot;
  }

  /** Gives the value back and forgets it; undefined when it was taken before. */
  take(number: number): Value | undefined {
    const slot = number % 2 ** SLOT_BITS;
    const value = this.#values[slot];
    if (value === undefined || number - slot !== (this.#generations[slot] ?? 0) * 2 ** SLOT_BITS) {
      return undefined;
    }
    this.#values[slot] = undefined;
    this.#free.push(slot);
    return value;
  }

  /** Takes all. */
  drain(): Value[] {
    const values = this.#values.filter((value) => value !== undefined);
    this.#values.length = 0;
    this.#generations.length = 0;
    this.#free.length = 0;
    return values;
  }
}
