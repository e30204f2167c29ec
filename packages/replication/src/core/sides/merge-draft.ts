import { LIMITS } from '../limits.js';
import type { CommitId } from '../record/applied-commits.js';
import type { HybridTime } from '../record/hybrid-clock.js';
import { applyOperations } from '../values/apply.js';
import { diff } from '../values/diff.js';
import type { Operation } from '../values/operations.js';
import { isAtOrAround } from '../values/overlap.js';
import type { Path, SessionDocument } from '../values/values.js';
import type { SideChange } from './lineage-sides.js';

/** A value that one side had and that is not in the merged record. */
export interface SupersededValue {
  readonly path: Path;
  readonly at: HybridTime;
  /** What it lost against; absent when its session ended or nobody could take it. */
  readonly by?: HybridTime | undefined;
  /** The commit it came with; unknown when only the time of the whole key is. */
  readonly commit?: CommitId | undefined;
}

/** The merged record in the making: the winner's, what was done to it, and what got lost over that. */
export class MergeDraft {
  readonly #superseded: SupersededValue[] = [];
  readonly #operations: Operation[] = [];
  readonly #before: SessionDocument;
  #document: SessionDocument;

  constructor(document: SessionDocument) {
    this.#before = document;
    this.#document = document;
  }

  get document(): SessionDocument {
    return this.#document;
  }

  /** Nothing of the other side is in it. */
  get isUntouched(): boolean {
    return this.#operations.length === 0;
  }

  get superseded(): readonly SupersededValue[] {
    return this.#superseded;
  }

  apply(operation: Operation): void {
    this.#operations.push(operation);
    this.#document = applyOperations(this.#document, [operation]);
  }

  report(value: SupersededValue): void {
    const { path, at, commit } = value;
    const isKnown = this.#superseded.some(
      (other) =>
        other.at === at &&
        other.commit?.counter === commit?.counter &&
        other.path.length === path.length &&
        isAtOrAround(other.path, path),
    );
    if (!isKnown) this.#superseded.push(value);
  }

  reportChange({ body, at }: SideChange, by: HybridTime): void {
    for (const { path } of body.operations) this.report({ path, at, by, commit: body.id });
  }

  /** One commit takes a bounded number of operations. */
  boundedOperations(): readonly Operation[] {
    if (this.#operations.length <= LIMITS.operationsPerCommit) return this.#operations;
    const before = this.#before;
    return (['data', 'system'] as const).flatMap((area) =>
      diff(before[area], this.#document[area], [area]),
    );
  }
}
