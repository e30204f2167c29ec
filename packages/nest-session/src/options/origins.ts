import { SessionOptionError } from '../errors.js';

/** Reads a list of origins. Throws `SessionOptionError`; `example` is one that fits the option. */
export function originsOption(option: string, given: unknown, example: string): readonly string[] {
  const expected = `origins such as '${example}', without a path`;
  // A single text would be read letter by letter, and an object as a list without any origin.
  if (!Array.isArray(given)) throw new SessionOptionError(option, given, `a list of ${expected}`);
  for (const origin of given as readonly unknown[]) {
    if (typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin) {
      continue;
    }
    throw new SessionOptionError(option, origin, expected);
  }
  return given;
}
