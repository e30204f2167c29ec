import { SessionUsageError } from '../errors.js';
import type { WizardDefinition, WizardFields } from './definition.js';
import { stepOf } from './journey.js';
import { WIZARD_LIMITS } from './limits.js';
import type { StandardSchemaIssue } from './standard-schema.js';

/** What a schema has against an answer. */
export interface WizardIssue {
  /** Name of the field, nested ones with dots; empty when the issue is with the whole step. */
  readonly path: string;
  /** Of the schema; of volatile fields only that they are not accepted. */
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

/**
 * Runs the schema of a step. A readonly step is always valid; an unknown one never.
 *
 * @throws SessionUsageError when the schema makes something without fields: it would be kept as nothing
 */
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
    const issues = result.issues
      .slice(0, WIZARD_LIMITS.maxIssues)
      .map((issue) => toIssue(issue, step.volatile ?? [], input));
    return { status: 'invalid', issues, draft: withoutVolatile(definition, name, input) };
  }
  const { value } = result;
  const strange = strangeKind(value);
  if (strange !== undefined) {
    throw new SessionUsageError(
      `wizard "${definition.id}": the schema of the step "${name}" gave ${strange}, ` +
        'expected an object with fields',
    );
  }
  const answers = (value ?? {}) as WizardFields;
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

/**
 * A message may quote what was typed, and a path what was a key of it. An issue leaves the request:
 * it is flashed, logged, and remembered under an `Idempotency-Key`.
 */
function toIssue(
  { path = [], message }: StandardSchemaIssue,
  volatile: readonly string[],
  input: WizardFields,
): WizardIssue {
  const parts = path.map((part) =>
    String(typeof part === 'object' && part !== null ? part.key : part),
  );
  const [field = ''] = parts;
  if (volatile.includes(field)) return { path: field, message: MASKED };
  const isMasked = volatile.length > 0 && (field === '' || quotes(message, volatile, input));
  return { path: parts.join('.'), message: isMasked ? MASKED : message };
}

const MASKED = 'not accepted';

/** Whether a message about another field repeats a volatile value, or a part of one. */
function quotes(message: string, volatile: readonly string[], input: WizardFields): boolean {
  return volatile.some((field) => Object.hasOwn(input, field) && isIn(message, input[field]));
}

/** Not deeper than answers may be: no input is to overflow the stack. */
function isIn(message: string, value: unknown, depth = 0): boolean {
  if (typeof value === 'string' || typeof value === 'number') {
    return value !== '' && message.includes(String(value));
  }
  if (typeof value !== 'object' || value === null || depth > WIZARD_LIMITS.maxDepth) return false;
  return Object.values(value).some((part) => isIn(message, part, depth + 1));
}

/** What it is, when it has no fields to keep; a step that only has to be passed may give nothing. */
function strangeKind(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return 'text';
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a map';
  if (value instanceof Set) return 'a set';
  if (value instanceof Date) return 'a date';
  return ArrayBuffer.isView(value) ? 'bytes' : undefined;
}
