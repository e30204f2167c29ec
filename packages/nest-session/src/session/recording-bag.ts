import {
  diff,
  equalValues,
  type Operation,
  type SessionObject,
  type SessionValue,
} from '@understudy/replication';
import { SessionUsageError } from '../errors.js';
import { MAX_OPERATIONS_PER_COMMIT } from '../limits.js';
import { checkValue } from './check-value.js';
import { cloneValue, define, isContainer, type MutableObject, reconcile } from './clone.js';
import { HandedOut } from './handed-out.js';
import { addAt, canAddAt } from './increment.js';
import { introduceMembers } from './introduce.js';

type Increment = Extract<Operation, { kind: 'increment' }>;

/** A top-level key that was read as an object, or written. `undefined` stands for "not there". */
interface Touched {
  /** What the application sees and may change in place. */
  value: unknown;
  /** What the cluster is known to hold; never handed out. */
  shadow: SessionValue;
}

/** What changed since the last commit, with everything copied that the application can reach. */
export interface BagChange {
  readonly operations: readonly Operation[];
  /** The changed keys as they are in this change. */
  readonly after: ReadonlyMap<string, SessionValue>;
  readonly increments: number;
}

export const NO_CHANGE: BagChange = { operations: [], after: new Map(), increments: 0 };

/**
 * A mutable view of an immutable object that can say what changed. A key whose value is an object
 * is copied when it is first read; the original stays as the shadow its copy is compared with, so
 * changes in place are found wherever they were made, and a key that nobody touched costs nothing.
 * As in the engine, `undefined` and absent are the same.
 */
export class RecordingBag {
  readonly #area: 'data' | 'system';
  readonly #touched = new Map<string, Touched>();
  readonly #handedOut = new HandedOut();
  #base: SessionObject;
  #increments: Increment[] = [];

  /** `area` is the first segment of every path. */
  constructor(area: 'data' | 'system', base: SessionObject) {
    this.#area = area;
    this.#base = base;
  }

  get(key: string): unknown {
    const touched = this.#touched.get(key);
    if (touched) return touched.value;
    const value = this.#inBase(key);
    return isContainer(value) ? this.#touch(key).value : value;
  }

  has(key: string): boolean {
    const touched = this.#touched.get(key);
    return (touched ? touched.value : this.#inBase(key)) !== undefined;
  }

  keys(): string[] {
    const added = [...this.#touched.keys()].filter((key) => !Object.hasOwn(this.#base, key));
    return [...Object.keys(this.#base), ...added].filter((key) => this.has(key));
  }

  /** Throws `SessionValueRefusedError` when the value cannot live in a session. */
  set(key: string, value: unknown): void {
    checkValue(value, [this.#area, key]);
    this.#touch(key).value = value;
  }

  delete(key: string): void {
    if (this.has(key)) this.#touch(key).value = undefined;
  }

  clear(): void {
    for (const key of this.keys()) this.delete(key);
  }

  /**
   * Adds to a number inside, 0 when missing, and records it as an addition, so that parallel
   * requests add up. Throws `SessionUsageError` when something else stands there.
   */
  increment(path: readonly string[], by: number): number {
    if (!Number.isFinite(by)) throw new SessionUsageError(`increment() by ${by}`);
    const [key, ...inside] = path as [string, ...string[]];
    const touched = this.#touch(key);
    const { root, sum } = addAt(touched.value, inside, by, () => this.#handedOut.copy({}));
    touched.value = root;
    // Where the cluster holds something else at that place, the diff replaces it by the number.
    if (canAddAt(touched.shadow, inside)) {
      touched.shadow = addAt(cloneValue(touched.shadow), inside, by).root as SessionValue;
      this.#increments.push({ kind: 'increment', path: [this.#area, ...path], by });
    }
    return sum;
  }

  /** What changed since {@link settle}. Throws `SessionValueRefusedError` with the path. */
  change(): BagChange {
    if (this.#touched.size === 0) return NO_CHANGE;
    const operations: Operation[] = [...this.#increments];
    const after = new Map<string, SessionValue>();
    for (const [key, { value, shadow }] of this.#touched) {
      // Most of what is touched was only read.
      if (equalValues(shadow, value as SessionValue)) {
        // What was only added to is in no diff; a record that begins with it begins with the sum.
        if (this.#isAddedTo(key)) after.set(key, cloneValue(value) as SessionValue);
        continue;
      }
      const path = [this.#area, key];
      if (value === undefined) {
        after.set(key, value);
        operations.push({ kind: 'delete', path });
      } else if (isContainer(value)) {
        checkValue(value, path);
        const copy = cloneValue(value) as SessionValue;
        after.set(key, copy);
        operations.push(...introduceMembers(shadow, diff(shadow, copy, path)));
      } else {
        after.set(key, value as SessionValue);
        operations.push({ kind: 'set', path, value: value as SessionValue });
      }
    }
    const fits = operations.length <= MAX_OPERATIONS_PER_COMMIT;
    return {
      operations: fits ? operations : this.#wholeKeys(after),
      after,
      increments: this.#increments.length,
    };
  }

  /** The whole object as it is now, copied; what a new record starts with. */
  contents(): SessionObject {
    const copy: MutableObject = {};
    for (const key of this.keys()) {
      const touched = this.#touched.get(key);
      const value = touched ? touched.value : this.#base[key];
      checkValue(value, [this.#area, key]);
      define(copy, key, cloneValue(value));
    }
    return copy as SessionObject;
  }

  /** The object as it would be after `change`, to measure it; shares what was not touched. */
  preview(change: BagChange): SessionObject {
    if (change.after.size === 0) return this.#base;
    const object: Record<string, SessionValue> = { ...this.#base };
    for (const [key, value] of change.after) {
      if (value === undefined) delete object[key];
      else object[key] = value;
    }
    return object;
  }

  /** Takes in what the cluster holds after `change` was committed. */
  settle(change: BagChange, base: SessionObject): void {
    this.#increments = this.#increments.slice(change.increments);
    for (const [key, touched] of this.#touched) {
      if (change.after.has(key)) {
        touched.shadow = this.#withPendingIncrements(key, change.after.get(key));
      }
    }
    for (const key of this.#show(base)) {
      if (change.after.has(key)) this.#handedOut.stored(this.#touched.get(key)?.value);
    }
  }

  /**
   * Shows a newer state of the cluster. What others changed is merged into the application's
   * objects, except under keys it has changed itself meanwhile: their next change is still computed
   * against what the application knew, so that nothing of others is reverted.
   */
  rebase(base: SessionObject): void {
    this.#show(base);
  }

  /** Forgets what was not committed and shows `base`; objects handed out follow. */
  reset(base: SessionObject): void {
    this.#base = base;
    this.#increments = [];
    for (const [key, touched] of this.#touched) this.#adopt(key, touched);
  }

  /** Returns the touched keys that show `base`: all but those changed meanwhile. */
  #show(base: SessionObject): readonly string[] {
    this.#base = base;
    const shown: string[] = [];
    for (const [key, touched] of this.#touched) {
      if (this.#isPending(key, touched)) continue;
      this.#adopt(key, touched);
      shown.push(key);
    }
    return shown;
  }

  #inBase(key: string): SessionValue {
    return Object.hasOwn(this.#base, key) ? this.#base[key] : undefined;
  }

  #touch(key: string): Touched {
    const known = this.#touched.get(key);
    if (known) return known;
    const shadow = this.#inBase(key);
    const touched: Touched = { value: this.#handedOut.copy(shadow), shadow };
    this.#touched.set(key, touched);
    return touched;
  }

  #adopt(key: string, touched: Touched): void {
    const shadow = this.#inBase(key);
    touched.shadow = shadow;
    if (!equalValues(shadow, touched.value as SessionValue)) {
      touched.value = reconcile(touched.value, shadow, this.#handedOut);
    }
    // A primitive cannot change under our hands; an object may be held by the application.
    if (!isContainer(touched.value)) this.#touched.delete(key);
  }

  #isPending(key: string, { value, shadow }: Touched): boolean {
    return this.#isAddedTo(key) || !equalValues(shadow, value as SessionValue);
  }

  #isAddedTo(key: string): boolean {
    return this.#increments.some((increment) => increment.path[1] === key);
  }

  #withPendingIncrements(key: string, known: SessionValue): SessionValue {
    return this.#increments
      .filter((increment) => increment.path[1] === key)
      .reduce(
        (shadow, { path, by }) =>
          addAt(cloneValue(shadow), path.slice(2) as string[], by).root as SessionValue,
        known,
      );
  }

  #wholeKeys(after: ReadonlyMap<string, SessionValue>): Operation[] {
    return Array.from(after, ([key, value]) =>
      value === undefined
        ? { kind: 'delete', path: [this.#area, key] }
        : { kind: 'set', path: [this.#area, key], value },
    );
  }
}
