import { SessionUsageError } from '../errors.js';
import { checkFactors } from './factors.js';

/** How somebody proved who they are, and how long the session of the login lives. */
export interface LoginOptions {
  /**
   * How many different kinds of proof were given, 1 to 3: 2 for a password and a passkey or code.
   * What `@FreshLogin({ factors })` looks at. Default 1.
   */
  readonly factors?: number | undefined;
  /**
   * The session outlives the browser, with `timeouts.remember` as its timeouts. Default `false`.
   * Throws `SessionUsageError` without that option.
   */
  readonly remember?: boolean | undefined;
  /**
   * The session ends then at the latest, such as when the identity provider's does (ASVS 7.6.1). Never
   * prolongs it. Default: by the timeouts alone. Throws `SessionUsageError` for a time that is past.
   */
  readonly until?: Date | undefined;
}

/** Checks what an application passes to `login()`. Throws `SessionUsageError`. */
export function checkLoginOptions(
  options: LoginOptions,
  rememberTimeoutMs: number | undefined,
  nowMs: number,
): LoginOptions {
  const { remember, until, factors = 1 } = options;
  if (remember !== undefined && typeof remember !== 'boolean') {
    throw new SessionUsageError('login() expects remember to be true or false');
  }
  if (remember && rememberTimeoutMs === undefined) {
    throw new SessionUsageError(
      "login() cannot remember anybody without an option such as timeouts: { remember: '30d' }",
    );
  }
  // A date that is none compares as false, too.
  if (until !== undefined && !(until instanceof Date && until.getTime() > nowMs)) {
    throw new SessionUsageError('login() expects until to be a Date that is not past');
  }
  return { remember, until, factors: checkFactors(factors, 'login()') };
}
