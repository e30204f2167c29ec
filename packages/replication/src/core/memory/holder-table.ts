import type { Incarnation } from '../record/record.js';

export interface Holders {
  readonly owner: Incarnation;
  readonly backups: readonly Incarnation[];
}

interface Entry extends Holders {
  readonly text: string;
  uses: number;
}

/**
 * One instance of each owner with its list of backups. Every frame brings them anew, and a string
 * and an array for each copy would cost a tenth of the copy. Counted, because incarnations come and
 * go for as long as a node lives.
 */
export class HolderTable {
  readonly #byText = new Map<string, number>();
  readonly #entries: (Entry | undefined)[] = [];
  readonly #free: number[] = [];

  get size(): number {
    return this.#byText.size;
  }

  take({ owner, backups }: Holders): number {
    const text = [owner, ...backups].join(' ');
    const known = this.#byText.get(text);
    if (known !== undefined) {
      (this.#entries[known] as Entry).uses++;
      return known;
    }
    const index = this.#free.pop() ?? this.#entries.length;
    this.#byText.set(text, index);
    this.#entries[index] = { owner, backups: [...backups], text, uses: 1 };
    return index;
  }

  at(index: number): Holders {
    return this.#entries[index] as Entry;
  }

  release(index: number): void {
    const entry = this.#entries[index] as Entry;
    if (--entry.uses > 0) return;
    this.#byText.delete(entry.text);
    this.#entries[index] = undefined;
    this.#free.push(index);
  }
}
