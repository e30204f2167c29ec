import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { RecordContent } from '../record/record.js';
import type { SupersededValue } from './merge-draft.js';

/** Says of each value that it was acknowledged once and is not in the record. */
export function reportSuperseded(
  context: CoreContext,
  key: string,
  values: readonly SupersededValue[],
): void {
  for (const { path, at, by, commit } of values.slice(0, LIMITS.supersededPerMerge)) {
    context.notice({ kind: 'superseded', key, path, at, by, commit });
  }
  if (values.length > LIMITS.supersededPerMerge) {
    context.notice({ kind: 'limit', limit: 'supersededPerMerge' });
  }
}

/**
 * Says of everything that a lineage changed apart from the others that it is gone: its session has
 * ended or got another id elsewhere, or nobody can take the changes any more.
 */
export function reportContent(context: CoreContext, key: string, { past }: RecordContent): void {
  const values: SupersededValue[] = [];
  for (const { at, body } of past?.log?.changes ?? []) {
    const delta = context.codec.decodeDelta(body);
    for (const { path } of delta.operations) {
      values.push({ path, at, commit: delta.id });
    }
  }
  for (const [area, name, at] of past?.log?.forgotten ?? []) {
    values.push({ path: name === '' ? [area] : [area, name], at });
  }
  reportSuperseded(context, key, values);
}
