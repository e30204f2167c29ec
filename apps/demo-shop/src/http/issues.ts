import type * as v from 'valibot';
import type { FormIssue } from '../pages/form-parts.js';

/** What valibot found, by the name of the field. */
export function toIssues(issues: readonly v.BaseIssue<unknown>[]): FormIssue[] {
  return issues.map(({ path, message }) => ({
    path: (path ?? []).map(({ key }) => String(key)).join('.'),
    message,
  }));
}
