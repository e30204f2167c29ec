import { oneOf } from './one-of.js';
import type { OptionNames } from './option-names.js';
import { originsOption } from './origins.js';

/** How requests are checked that another site may have caused; see `docs/http.md`. */
export interface CsrfOptions {
  /** Other origins whose pages may send unsafe requests, such as `https://admin.example`. */
  readonly trustedOrigins?: readonly string[] | undefined;
  /**
   * Whether pages of other sites may load what is answered to a client with a session: images,
   * scripts, frames. Following a link is no such read. `refuse` (default) answers 403 `cross-site`
   * unless the route has `@CrossSite()`; `allow` answers.
   */
  readonly crossSiteReads?: 'refuse' | 'allow' | undefined;
  /**
   * Take only what no other site can send without a preflight: a POST needs a content type that no
   * form can have, or the `X-CSRF-Token` header, or a browser that says it is our own page. For
   * applications that rely on CORS to keep others out (ASVS 3.5.2). Default `false`: the token is
   * proof enough.
   */
  readonly requirePreflight?: boolean | undefined;
  /**
   * A GET that changes the session of somebody signed in, or ends it: any page can cause one with a
   * link. `report` logs it, once per path; `allow` does not look. Default: `report` with `strict`.
   */
  readonly safeMethodWrites?: 'report' | 'allow' | undefined;
}

export const CSRF_OPTION_NAMES: OptionNames<CsrfOptions> = {
  trustedOrigins: true,
  crossSiteReads: true,
  requirePreflight: true,
  safeMethodWrites: true,
};

export interface NormalizedCsrf {
  /** Undefined: nothing is checked. */
  readonly csrf:
    | {
        readonly trustedOrigins: readonly string[];
        readonly refusesCrossSiteReads: boolean;
        readonly requirePreflight: boolean;
      }
    | undefined;
  readonly reportsSafeMethodWrites: boolean;
}

export function normalizeCsrf(
  csrf: boolean | CsrfOptions | undefined,
  strict: boolean,
): NormalizedCsrf {
  if (csrf === false) return { csrf: undefined, reportsSafeMethodWrites: false };
  const {
    trustedOrigins = [],
    crossSiteReads = 'refuse',
    requirePreflight = false,
    safeMethodWrites = strict ? 'report' : 'allow',
  } = typeof csrf === 'object' ? csrf : {};
  const reads = oneOf('csrf.crossSiteReads', crossSiteReads, ['refuse', 'allow']);
  const writes = oneOf('csrf.safeMethodWrites', safeMethodWrites, ['report', 'allow']);
  return {
    csrf: {
      trustedOrigins: originsOption('csrf.trustedOrigins', trustedOrigins, 'https://admin.example'),
      refusesCrossSiteReads: reads === 'refuse',
      requirePreflight: oneOf('csrf.requirePreflight', requirePreflight, [true, false]),
    },
    reportsSafeMethodWrites: writes === 'report',
  };
}
