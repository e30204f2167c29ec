import { SessionOptionError } from '../errors.js';
import { besideFactory } from './async-options.js';
import { insteadOf } from './express-session-names.js';

/** Every option of a group, so that the compiler tells when one is missing here. */
export type OptionNames<Group> = { readonly [Name in keyof Required<Group>]: true };

/** Names of the options of a group; `true` for an option that is no group. */
export type KnownOptions<Options> = {
  readonly [Name in keyof Required<Options>]: true | Readonly<Record<string, true>>;
};

/**
 * A name that nobody knows is a mistake worth stopping for: its option would have no effect.
 * `orBoolean` are the groups that a boolean may stand for.
 */
export function checkOptionNames<Options extends object>(
  options: Options,
  known: KnownOptions<Options>,
  orBoolean: readonly (keyof Options)[],
): void {
  // A factory without `return` is the usual reason.
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const expected = 'an object with options; {} for the defaults';
    throw new SessionOptionError('options', withheld(options), expected);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) {
      const all = `one of ${Object.keys(known).join(', ')}`;
      const expected = besideFactory(name) ?? insteadOf(name) ?? all;
      throw new SessionOptionError(name, withheld(value), expected);
    }
    const group = known[name as keyof Options];
    if (group === true) continue;
    if (typeof value === 'boolean' && orBoolean.includes(name as keyof Options)) continue;
    checkGroupNames(name, value, group);
  }
}

/**
 * The same for one group, which may lie in another: `name` is `cluster.memory`, for example.
 * `shown` is what is told of the value of an option that nobody knows.
 */
export function checkGroupNames(
  name: string,
  value: unknown,
  known: Readonly<Record<string, true>>,
  shown: (value: unknown) => unknown = withheld,
): void {
  const names = Object.keys(known);
  if (value === undefined) return;
  // Whatever has none of the options would be taken for the defaults: most of them are off.
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SessionOptionError(name, value, `an object with ${names.join(', ')}`);
  }
  for (const [innerName, innerValue] of Object.entries(value)) {
    if (names.includes(innerName)) continue;
    const path = `${name}.${innerName}`;
    const expected = insteadOf(path) ?? `no such option; there are ${names.join(', ')}`;
    throw new SessionOptionError(path, shown(innerValue), expected);
  }
}

/** A name that nobody knows is most likely a misspelt one, and its value a secret that logs would keep. */
export function withheld(value: unknown): string {
  return `${typeof value}, not shown`;
}
