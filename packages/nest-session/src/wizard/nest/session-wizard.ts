import { createHash } from 'node:crypto';
import { REQUEST_HEADERS } from '../../http/contract.js';
import type { RequestFacts } from '../../http/request-facts.js';
import type { WizardAttempts } from '../attempts.js';
import type { WizardDefinition, WizardFields } from '../definition.js';
import type { WizardData, WizardHost } from '../wizard-host.js';
import { WizardRunner } from '../wizard-runner.js';

/** What a wizard needs of a request: its session and its clock. */
export interface WizardRequest {
  readonly handle: object;
  readonly facts: Pick<RequestFacts, 'header'>;
  now(): number;
}

/** A wizard in the session of a request. */
export function sessionWizard<Outcome extends WizardFields, Submission extends WizardFields>(
  definition: WizardDefinition<Outcome, Submission>,
  request: WizardRequest,
  attempts?: WizardAttempts,
): WizardRunner<WizardData, Outcome, Submission> {
  const session = request.handle as WizardHost<WizardData>;
  return new WizardRunner(definition, session, () => request.now(), undefined, {
    attempts,
    request: digestOf(request.facts.header(REQUEST_HEADERS.idempotencyKey)),
  });
}

/** Short, whatever the client sends: it is stored with the instance. */
function digestOf(key: string | undefined): string | undefined {
  return key && createHash('sha256').update(key).digest('base64url').slice(0, 22);
}
