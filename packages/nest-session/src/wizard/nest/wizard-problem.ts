import { SessionError } from '../../errors.js';
import { RESPONSE_HEADERS } from '../../http/contract.js';
import type { CancelResult } from '../cancellation.js';
import type { WizardDefinition, WizardFields } from '../definition.js';
import type { WizardRefusal } from '../state.js';
import type { WizardView } from '../view.js';
import type { WizardStepResult, WizardSubmitResult } from '../wizard-host.js';
import { jsonView } from './json-view.js';

/** Anything a write to a wizard can answer besides success. */
export type WizardSetback = Exclude<
  WizardStepResult | WizardSubmitResult<WizardFields> | CancelResult,
  { readonly status: 'changed' | 'done' | 'cancelled' }
>;

/** What users read; the reasons are for programs. */
export const REFUSALS: Readonly<Record<WizardRefusal, string>> = {
  'unknown-step': 'the form has no such step',
  'not-reachable': 'an earlier step is not answered yet',
  submitted: 'the form was submitted and takes no more answers',
  incomplete: 'a step is not answered yet',
  'too-large': 'that is too much text for this form',
};

/**
 * The problem a setback is for a program: `wizard-missing`, `wizard-conflict`, `wizard-refused`,
 * `wizard-invalid` or `wizard-rejected`. All but the first carry the present `state`, so that a client
 * can go on without asking again.
 */
export function wizardProblem(definition: WizardDefinition, setback: WizardSetback): SessionError {
  if (setback.status === 'missing') return missingWizard();
  const state = jsonView(definition, setback.state);
  switch (setback.status) {
    case 'conflict':
      return new SessionError('wizard-conflict', 'another request was faster; see state', {
        extensions: { state },
      });
    case 'refused': {
      const { reason } = setback;
      const retryAfterMs = 'retryAfterMs' in setback ? setback.retryAfterMs : undefined;
      if (retryAfterMs !== undefined) return submittedElsewhere(state, retryAfterMs);
      const step = 'step' in setback ? setback.step : undefined;
      return new SessionError('wizard-refused', REFUSALS[reason], {
        extensions: { reason, ...(step === undefined ? {} : { step }), state },
      });
    }
    case 'invalid':
      return new SessionError('wizard-invalid', 'an answer is not valid; see issues', {
        extensions: { issues: setback.issues, state },
      });
    case 'rejected':
      return new SessionError('wizard-rejected', setback.message, {
        extensions: { reason: setback.reason, state },
      });
  }
}

export const RUNNING = 'the form is being submitted; look again in a moment';

/** No 409: that would be remembered under an `Idempotency-Key`, and is no outcome. */
function submittedElsewhere(state: WizardView, retryAfterMs: number): SessionError {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new SessionError('session-busy', RUNNING, {
    headers: { [RESPONSE_HEADERS.retryAfter]: String(seconds) },
    extensions: { state },
  });
}

export function missingWizard(): SessionError {
  const detail = 'this session has no such form: it never had, or it was cancelled or is over';
  return new SessionError('wizard-missing', detail);
}
