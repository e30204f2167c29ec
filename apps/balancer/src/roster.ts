/** Something with a place in a roster. */
export interface Seated {
  /** Kept by the roster it is in; −1: in none. */
  seat: number;
}

/**
 * Who takes part at present, in no order. What comes and goes with every request is not worth the
 * hashing of a `Set`: here a member knows its own place, and can be in one roster at a time.
 */
export class Roster<T extends Seated> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: T): void {
    member.seat = this.#members.push(member) - 1;
  }

  /** Without effect on what is not in it. */
  delete(member: T): void {
    const { seat } = member;
    if (this.#members[seat] !== member) return;
    member.seat = -1;
    const last = this.#members.pop() as T;
    if (last === member) return;
    this.#members[seat] = last;
    last.seat = seat;
  }

  /** A copy: members may come and go while somebody goes through it. */
  list(): readonly T[] {
    return [...this.#members];
  }
}
