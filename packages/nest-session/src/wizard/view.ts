import type { WizardDefinition } from './definition.js';
import { expiresAtMs } from './expiry.js';
import { type StepView, viewSteps } from './journey.js';
import type { WizardState } from './state.js';

/** An instance as its user may see it; volatile fields were never in it. */
export interface WizardView
  extends Pick<
    WizardState,
    'wizard' | 'instance' | 'step' | 'revision' | 'status' | 'answers' | 'drafts' | 'outcome'
  > {
  readonly steps: readonly StepView[];
  /** ISO instant at which it is over if nothing is written; null: with the session. */
  readonly expiresAt: string | null;
}

/** An instance as its page shows it: steps, answers and drafts, and what became of it. */
export function viewWizard(definition: WizardDefinition, state: WizardState): WizardView {
  const { wizard, instance, step, revision, status, answers, drafts, outcome } = state;
  const endsMs = expiresAtMs(definition, state);
  return {
    wizard,
    instance,
    step,
    revision,
    status,
    steps: viewSteps(definition, state),
    answers,
    drafts,
    outcome,
    expiresAt: endsMs === undefined ? null : new Date(endsMs).toISOString(),
  };
}
