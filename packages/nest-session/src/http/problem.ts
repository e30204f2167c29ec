import { PROBLEM_TYPE_PREFIX } from './contract.js';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** A problem is one line here, and one in `docs/http.md`. */
const KINDS = {
  'bad-request': { status: 400, title: 'The request is malformed' },
  'authentication-required': { status: 401, title: 'Sign in first' },
  'fresh-login-required': { status: 401, title: 'Sign in again' },
  'session-lost': { status: 401, title: 'The session was lost' },
  'session-ended': { status: 401, title: 'The session has ended' },
  'csrf-invalid': { status: 403, title: 'The CSRF check failed' },
  'cross-site': { status: 403, title: 'Not for other sites' },
  forbidden: { status: 403, title: 'Not allowed' },
  'session-limit': { status: 403, title: 'Too many sessions' },
  'wizard-missing': { status: 404, title: 'There is no such form' },
  'idempotency-in-progress': { status: 409, title: 'The first request still runs' },
  'session-conflict': { status: 409, title: 'The session has changed meanwhile' },
  'lock-lost': { status: 409, title: 'The lock was lost' },
  'wizard-conflict': { status: 409, title: 'The form has moved on' },
  'wizard-refused': { status: 409, title: 'This step cannot be taken now' },
  'wizard-rejected': { status: 409, title: 'The form was not accepted' },
  'session-too-large': { status: 413, title: 'The session is full' },
  'not-mine': { status: 421, title: 'Another node has the session' },
  'idempotency-mismatch': { status: 422, title: 'The key belongs to another request' },
  'wizard-invalid': { status: 422, title: 'An answer is not valid' },
  'quota-exceeded': { status: 429, title: 'Too many requests' },
  'session-value': { status: 500, title: 'A value cannot be stored in a session' },
  'session-busy': { status: 503, title: 'Another request is at work' },
  'session-unavailable': { status: 503, title: 'The session is not available' },
  'temporary-reduced-capacity': { status: 503, title: 'This node is busy' },
  'commit-unknown': { status: 504, title: 'It is not known whether the change was stored' },
} as const satisfies Readonly<Record<string, ProblemKind>>;

/** The stable names of everything that can go wrong with a session (`docs/http.md`, Problems). */
export type ProblemName = keyof typeof KINDS;

/** An error as clients see it (RFC 9457). Never carries a session id or a stack. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemName;
  readonly detail: string;
  /** Extension members, such as the state of a wizard. */
  readonly [extension: string]: unknown;
}

/** Every name there is. */
export const PROBLEM_NAMES = Object.keys(KINDS) as readonly ProblemName[];

export function problemStatus(name: ProblemName): number {
  return KINDS[name].status;
}

/** Builds the document of a problem; `extensions` are added beside its standard members. */
export function problem(
  name: ProblemName,
  detail: string,
  extensions: Readonly<Record<string, unknown>> = {},
): Problem {
  const { status, title } = KINDS[name];
  return {
    ...extensions,
    type: PROBLEM_TYPE_PREFIX + name,
    title,
    status,
    code: name,
    detail,
  };
}
