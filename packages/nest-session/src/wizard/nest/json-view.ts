import type { WizardDefinition } from '../definition.js';
import type { WizardState } from '../state.js';
import { viewWizard, type WizardView } from '../view.js';

/** An instance as JSON can carry it: a session holds more kinds of values than JSON has. */
export function jsonView(definition: WizardDefinition, state: WizardState): WizardView {
  const { answers, drafts, outcome, ...rest } = viewWizard(definition, state);
  return {
    ...rest,
    answers: toJson(answers) as WizardView['answers'],
    drafts: toJson(drafts) as WizardView['drafts'],
    outcome: toJson(outcome) as WizardView['outcome'],
  };
}

/** A bigint is its digits, bytes are base64, a set is a list, and a map a list of pairs. */
function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Map || value instanceof Set) return toJson([...value]);
  if (Array.isArray(value)) return value.map(toJson);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
}
