import type { OptionsEnvironment } from './environment.js';
import { oneOf } from './one-of.js';
import type { OptionNames } from './option-names.js';
import { originsOption } from './origins.js';

/** Which WebSockets may have a session (ASVS 4.4.1, 4.4.2). */
export interface SocketOptions {
  /**
   * Other origins whose pages may open them, such as `https://app.example`. Default: those of
   * `csrf.trustedOrigins`; the application's own always may.
   */
  readonly origins?: readonly string[] | undefined;
  /**
   * Refuse what did not come over TLS. Behind a proxy that ends TLS set `trustProxy`, too: upgrades do
   * not pass through the framework, so its own setting does not count. Default: in production.
   */
  readonly requireTls?: boolean | undefined;
}

export const SOCKET_OPTION_NAMES: OptionNames<SocketOptions> = { origins: true, requireTls: true };

export interface NormalizedSockets {
  readonly sockets: { readonly origins: readonly string[]; readonly requireTls: boolean };
}

/** Throws `SessionOptionError`. */
export function normalizeSockets(
  { origins, requireTls }: SocketOptions = {},
  trustedOrigins: readonly string[],
  { production }: Pick<OptionsEnvironment, 'production'>,
): NormalizedSockets {
  return {
    sockets: {
      origins:
        origins === undefined
          ? trustedOrigins
          : originsOption('sockets.origins', origins, 'https://app.example'),
      requireTls: oneOf('sockets.requireTls', requireTls ?? production, [true, false]),
    },
  };
}
