/** Body of an error answer, `application/problem+json` (RFC 9457), with its extension members. */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly [extension: string]: unknown;
}

/** Reads a problem body; `undefined` when it is not a JSON object. Never throws. */
export function parseProblem(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Object(value) === value ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Stable name of a problem: the tail of our URN, else the `code` an application chose itself.
 * `undefined` when it has neither.
 */
export function problemCode({ type, code }: Problem = {}): string | undefined {
  return `${type}`.split('urn:understudy:')[1] ?? (code && `${code}`);
}
