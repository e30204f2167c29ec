import { SessionOptionError } from '../errors.js';
import type { OptionNames } from './option-names.js';

export interface CsrfOptions {
  /** Other origins whose pages may send unsafe requests, such as `https://admin.example`. */
  readonly trustedOrigins?: readonly string[] | undefined;
}

export const CSRF_OPTION_NAMES: OptionNames<CsrfOptions> = { trustedOrigins: true };

export interface NormalizedCsrf {
  /** Undefined: nothing is checked. */
  readonly csrf: { readonly trustedOrigins: readonly string[] } | undefined;
}

export function normalizeCsrf(csrf: boolean | CsrfOptions | undefined): NormalizedCsrf {
  if (csrf === false) return { csrf: undefined };
  const { trustedOrigins = [] } = typeof csrf === 'object' ? csrf : {};
  for (const origin of trustedOrigins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      const expected = "origins such as 'https://admin.example', without a path";
      throw new SessionOptionError('csrf.trustedOrigins', origin, expected);
    }
  }
  return { csrf: { trustedOrigins } };
}
