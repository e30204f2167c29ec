import { valueAt } from '../values/apply.js';
import { diff } from '../values/diff.js';
import { equalValues } from '../values/equal.js';
import type { LineageSides } from './lineage-sides.js';
import type { MergeDraft } from './merge-draft.js';

/** The whole area from one side: half of a login must not meet half of another. */
export function mergeProtected(sides: LineageSides, draft: MergeDraft): void {
  const { winner, orphan } = sides;
  const takesOrphan = orphan.answeredAt > winner.answeredAt;
  const [kept, lost] = takesOrphan ? [orphan, winner] : [winner, orphan];
  const system = kept.content.document.system;
  if (takesOrphan) {
    for (const operation of diff(draft.document.system, system, ['system'])) {
      draft.apply(operation);
    }
  }
  const changes = takesOrphan ? sides.winners : sides.orphans;
  const by = kept.content.changedAt ?? 0;
  for (const { body, at } of changes) {
    for (const { path } of body.operations) {
      if (path[0] !== 'system') continue;
      const value = valueAt(lost.content.document, path);
      if (!equalValues(value, valueAt(kept.content.document, path))) {
        draft.report({ path, at, by, commit: body.id });
      }
    }
  }
  if (sides.isComplete(lost, kept)) return;
  for (const { path } of diff(system, lost.content.document.system, ['system'])) {
    draft.report({ path, at: lost.content.changedAt ?? 0, by });
  }
}
