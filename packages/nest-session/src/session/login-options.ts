import { checkFactors } from './factors.js';

/** How somebody proved who they are. */
export interface LoginOptions {
  /**
   * How many different kinds of proof were given, 1 to 3: 2 for a password and a passkey or code.
   * What `@FreshLogin({ factors })` looks at. Default 1.
   */
  readonly factors?: number | undefined;
}

/** Checks what an application passes to `login()`. Throws `SessionUsageError`. */
export function checkLoginOptions(options: LoginOptions): LoginOptions {
  const { factors = 1 } = options;
  return { factors: checkFactors(factors, 'login()') };
}
