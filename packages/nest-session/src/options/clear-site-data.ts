import { SessionOptionError } from '../errors.js';
import { oneOf } from './one-of.js';

/**
 * What a browser is told to clear. `cookies` are those of every application on the registrable
 * domain, which is why it is never included unless it is named.
 */
export type ClearedSiteData = 'cache' | 'cookies' | 'storage' | 'executionContexts';

const KINDS: readonly ClearedSiteData[] = ['cache', 'cookies', 'storage', 'executionContexts'];
const DEFAULT_KINDS: readonly ClearedSiteData[] = ['cache', 'storage'];

export interface NormalizedClearSiteData {
  /** Value of the response header; undefined: it is not sent. */
  readonly clearSiteData: string | undefined;
}

export function normalizeClearSiteData(
  option: boolean | readonly ClearedSiteData[] | undefined,
): NormalizedClearSiteData {
  if (option === undefined || option === false) return { clearSiteData: undefined };
  if (option !== true && (!Array.isArray(option) || option.length === 0)) {
    throw new SessionOptionError('clearSiteData', option, `true, or some of ${KINDS.join(', ')}`);
  }
  const kinds = option === true ? DEFAULT_KINDS : option;
  const quoted = kinds.map((kind) => `"${oneOf('clearSiteData', kind, KINDS)}"`);
  return { clearSiteData: quoted.join(', ') };
}
