import type { WizardAttempts } from '../attempts.js';
import type { WizardDefinition, WizardFields } from '../definition.js';
import { type WizardData, type WizardHost, WizardRunner } from '../wizard-runner.js';

/** What a wizard needs of a request: its session and its clock. */
export interface WizardRequest {
  readonly handle: object;
  now(): number;
}

/** A wizard in the session of a request. */
export function sessionWizard<Outcome extends WizardFields, Submission extends WizardFields>(
  definition: WizardDefinition<Outcome, Submission>,
  request: WizardRequest,
  attempts?: WizardAttempts,
): WizardRunner<WizardData, Outcome, Submission> {
  const session = request.handle as WizardHost<WizardData>;
  return new WizardRunner(definition, session, () => request.now(), undefined, attempts);
}
