/** A map that forgets its oldest entries instead of growing beyond its bound. */
export class BoundedMap<Value> {
  readonly #entries = new Map<string, Value>();

  constructor(readonly maxEntries: number) {}

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: Value): void {
    if (this.#entries.size >= this.maxEntries && !this.#entries.has(key)) this.#forgetOldestHalf();
    this.#entries.set(key, value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Half at once: evicting one by one would make every miss of a full map pay for it. */
  #forgetOldestHalf(): void {
    let remaining = Math.ceil(this.maxEntries / 2);
    for (const oldest of this.#entries.keys()) {
      if (remaining-- <= 0) break;
      this.#entries.delete(oldest);
    }
  }
}
