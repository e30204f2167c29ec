import { SessionOptionError } from '../errors.js';

/** Reads an option that is one of a few values. Throws when it is none of them. */
export function oneOf<const T>(option: string, value: unknown, choices: readonly T[]): T {
  if (choices.includes(value as T)) return value as T;
  const expected = choices.map((choice) => JSON.stringify(choice)).join(' or ');
  throw new SessionOptionError(option, value, expected);
}
