import { assertSessionValue } from '@understudy/replication';
import { SessionRequestError } from '../errors.js';
import type { WizardDefinition, WizardFields } from './definition.js';
import { type StepValidation, withoutVolatile } from './validate-step.js';

/**
 * Throws `SessionRequestError`, which names the path, unless a session can hold what was typed. JSON
 * has numbers and names that none can: at the commit they would be a defect of the application, a
 * `500` with a stack in the log, for any client that likes to cause one.
 */
export function checkTyped(fields: WizardFields): void {
  const reason = refusal(fields);
  if (reason !== undefined) throw new SessionRequestError(reason);
}

/**
 * What of a step's input has to be checked. What a schema made is the application's, unless it passed
 * on what it was given.
 */
export function typedOf(
  definition: WizardDefinition,
  step: string,
  validation: StepValidation,
  input: WizardFields,
): WizardFields | undefined {
  if (validation.status === 'invalid') return validation.draft;
  if (refusal(validation.answers) === undefined) return undefined;
  return withoutVolatile(definition, step, input);
}

function refusal(fields: WizardFields): string | undefined {
  try {
    assertSessionValue(fields, ['fields']);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
