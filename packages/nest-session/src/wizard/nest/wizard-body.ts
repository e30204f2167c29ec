import { SessionRequestError } from '../../errors.js';
import { CSRF_FORM_FIELD } from '../../http/contract.js';
import type { WizardFields } from '../definition.js';

/** What a write says, whether a program or a form sent it. */
export interface WizardBody {
  /** The revision it is based on. */
  readonly revision: number;
  /** Undefined: the step the user is at. */
  readonly step: string | undefined;
  readonly fields: WizardFields;
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i;
const DIGITS = /^\d{1,15}$/;

/**
 * Reads JSON `{ revision, step?, fields? }`, or a form whose fields are the answers, beside `revision`,
 * `step` and `_csrf`. Throws `SessionRequestError`.
 */
export function readWizardBody(contentType: string | undefined, body: unknown): WizardBody {
  const parts: Readonly<Record<string, unknown>> = isObject(body) ? body : {};
  const isJson = JSON_TYPE.test(contentType ?? '');
  const { revision, step, [CSRF_FORM_FIELD]: _token, ...others } = parts;
  const fields = isJson ? (others.fields ?? {}) : others;
  if (step !== undefined && typeof step !== 'string') {
    throw new SessionRequestError('step must be text');
  }
  if (!isObject(fields)) throw new SessionRequestError('fields must be an object');
  return { revision: revisionOf(revision), step, fields };
}

function revisionOf(value: unknown): number {
  const revision = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  if (typeof revision !== 'number' || !Number.isSafeInteger(revision) || revision < 1) {
    throw new SessionRequestError('revision must be the one this write is based on');
  }
  return revision;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
