import { oneOf } from './one-of.js';
import type { OptionNames } from './option-names.js';

/**
 * What happens when a session comes from another client than before. `off`: nothing is compared.
 * `report`: event `client-changed`, and the new client is the session's from then on.
 * `reauthenticate`: also, `@FreshLogin` routes ask for a new login however recent the last one is.
 * `reject`: the event, and the request is served as if it had no session; the session lives on.
 */
export type BindingAction = 'off' | 'report' | 'reauthenticate' | 'reject';

/** Sessions from before an option was set are bound to whom they come from next. */
export interface BindingOptions {
  /** The `User-Agent` without its version numbers. Default `off`. */
  readonly userAgent?: BindingAction | undefined;
  /**
   * The network of the client: the /24 of an IPv4, the /64 of an IPv6 address. Telephones change
   * it, and clients that speak both protocols may at any time: prefer `reauthenticate` to `reject`.
   * Behind a proxy set `trustProxy`. Default `off`.
   */
  readonly ip?: BindingAction | undefined;
}

export const BINDING_OPTION_NAMES: OptionNames<BindingOptions> = { userAgent: true, ip: true };

export interface NormalizedBinding {
  readonly binding: { readonly userAgent: BindingAction; readonly ip: BindingAction };
}

const ACTIONS: readonly BindingAction[] = ['off', 'report', 'reauthenticate', 'reject'];

export function normalizeBinding({
  userAgent = 'off',
  ip = 'off',
}: BindingOptions = {}): NormalizedBinding {
  return {
    binding: {
      userAgent: oneOf('binding.userAgent', userAgent, ACTIONS),
      ip: oneOf('binding.ip', ip, ACTIONS),
    },
  };
}
