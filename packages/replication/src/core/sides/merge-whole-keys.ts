import { valueAt } from '../values/apply.js';
import { equalValues } from '../values/equal.js';
import type { LineageSides } from './lineage-sides.js';
import type { MergeDraft } from './merge-draft.js';

/** Keys whose changes are not known one by one, each from the side that changed it later. */
export function mergeWholeKeys(sides: LineageSides, draft: MergeDraft): void {
  const { winner, orphan } = sides;
  for (const key of sides.wholeKeys) {
    const path = ['data', key];
    const value = valueAt(orphan.content.document, path);
    if (equalValues(value, valueAt(draft.document, path))) continue;
    const ours = sides.changedAt(winner, orphan, key);
    const theirs = sides.changedAt(orphan, winner, key);
    if (theirs === undefined) continue;
    const takesTheirs = ours === undefined || ours < theirs;
    if (takesTheirs) {
      draft.apply(value === undefined ? { kind: 'delete', path } : { kind: 'set', path, value });
    }
    if (ours === undefined) continue;
    const [at, by] = takesTheirs ? [ours, theirs] : [theirs, ours];
    draft.report({ path, at, by });
  }
}
