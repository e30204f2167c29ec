import type { WizardDefinition, WizardFields } from './definition.js';
import { stepOf } from './journey.js';
import { WIZARD_LIMITS } from './limits.js';
import type { StandardSchemaIssue } from './standard-schema.js';

export interface WizardIssue {
  /** Name of the field, nested ones with dots; empty when the issue is with the whole step. */
  readonly path: string;
  readonly message: string;
}

export type StepValidation =
  | { readonly status: 'valid'; readonly answers: WizardFields }
  | {
      readonly status: 'invalid';
      readonly issues: readonly WizardIssue[];
      /** What was typed, without volatile fields. */
      readonly draft: WizardFields;
    };

/** Runs the schema of a step. A readonly step is always valid; an unknown one never. */
export async function validateStep(
  definition: WizardDefinition,
  name: string,
  input: WizardFields,
): Promise<StepValidation> {
  const step = stepOf(definition, name);
  if (step === undefined) {
    return { status: 'invalid', issues: [{ path: '', message: 'unknown step' }], draft: {} };
  }
  if (step.readonly === true) return { status: 'valid', answers: {} };
  const result = await step.schema['~standard'].validate(input);
  if (result.issues !== undefined) {
    const issues = result.issues.slice(0, WIZARD_LIMITS.maxIssues).map(toIssue);
    return { status: 'invalid', issues, draft: withoutVolatile(definition, name, input) };
  }
  const answers = isFields(result.value) ? result.value : {};
  return { status: 'valid', answers: withoutVolatile(definition, name, answers) };
}

/** The fields of a step that may be kept. Whatever is stored passes through here. */
export function withoutVolatile(
  definition: WizardDefinition,
  name: string,
  fields: WizardFields,
): WizardFields {
  const step = stepOf(definition, name);
  if (step === undefined || step.readonly === true) return {};
  const volatile = new Set(step.volatile ?? []);
  return Object.fromEntries(Object.entries(fields).filter(([field]) => !volatile.has(field)));
}

function toIssue(issue: StandardSchemaIssue): WizardIssue {
  const path = (issue.path ?? []).map((part) =>
    String(typeof part === 'object' && part !== null ? part.key : part),
  );
  return { path: path.join('.'), message: issue.message };
}

function isFields(value: unknown): value is WizardFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
