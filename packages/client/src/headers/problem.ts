/** Body of an error answer, `application/problem+json` (RFC 9457), with its extension members. */
export interface Problem {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly [extension: string]: unknown;
}

const URN = 'urn:understudy:';

/** Reads a problem body; `undefined` for another content type or broken JSON. Never throws. */
export function parseProblem(contentType: string | null, text: string): Problem | undefined {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(contentType ?? '')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Stable name of a problem: the tail of our URN, else the `code` an application chose itself.
 * `undefined` when it has neither.
 */
export function problemCode(problem: Problem | undefined): string | undefined {
  const { type, code } = problem ?? {};
  if (typeof type === 'string' && type.startsWith(URN)) return type.slice(URN.length);
  return typeof code === 'string' ? code : undefined;
}
