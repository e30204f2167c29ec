import { SessionOptionError } from '../errors.js';
import { MAX_SECRETS } from '../limits.js';
import type { OptionsEnvironment } from './environment.js';

const MIN_SECRET_CHARACTERS = 32;

const HOW_TO_MAKE_ONE =
  'make one with node -e "console.log(' +
  `require('crypto').randomBytes(32).toString('base64url'))"`;

export interface ChosenSecrets {
  readonly secrets: readonly string[];
  /** True when the secret was made up here and cookies end with the process. */
  readonly secretIsRandom: boolean;
}

/**
 * Checks the secrets; without one makes a random one, but only where nobody else has to know it.
 * The message never shows a secret, not even one that is too short.
 */
export function chooseSecrets(
  secret: string | readonly string[] | undefined,
  /** Others have to know it: other nodes, or this one after a restart. */
  shared: boolean,
  { production, randomSecret }: OptionsEnvironment,
): ChosenSecrets {
  const given = secret === undefined ? [] : [secret].flat();
  if (given.length === 0) {
    if (shared) {
      const expected = `a secret, because all nodes, and those after a restart, must agree on it; ${HOW_TO_MAKE_ONE}`;
      throw new SessionOptionError('secret', secret, expected);
    }
    if (production) {
      const expected = `a secret, because NODE_ENV is production; ${HOW_TO_MAKE_ONE}`;
      throw new SessionOptionError('secret', secret, expected);
    }
    return { secrets: [randomSecret()], secretIsRandom: true };
  }
  if (given.length > MAX_SECRETS) {
    throw new SessionOptionError('secret', `${given.length} secrets`, `at most ${MAX_SECRETS}`);
  }
  for (const text of given) {
    if (typeof text !== 'string' || text.length < MIN_SECRET_CHARACTERS) {
      const value = typeof text === 'string' ? `${text.length} characters` : typeof text;
      const expected = `at least ${MIN_SECRET_CHARACTERS} characters each; ${HOW_TO_MAKE_ONE}`;
      throw new SessionOptionError('secret', value, expected);
    }
  }
  return { secrets: given as string[], secretIsRandom: false };
}
