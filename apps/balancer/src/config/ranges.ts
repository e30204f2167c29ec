import { OptionError } from '../errors.js';
import type { Field, Section } from './field.js';
import { describeRange, inRange, type NumberRange, number } from './fields.js';

/** What each number of a group may be; the same for files, the environment and `startBalancer`. */
export type Ranges<T> = { readonly [K in keyof T]: NumberRange };

const LARGEST = 2 ** 31 - 1;

/**
 * The range of every number in `defaults`: whole, and at least 1 because 0 would not bound but
 * forbid, except where `others` or the default itself says that 0 means something.
 */
export function rangesOf<T extends { readonly [K in keyof T]: number }>(
  defaults: T,
  unit: (name: string) => string | undefined,
  others: Partial<Ranges<T>> = {},
): Ranges<T> {
  const entries = Object.entries<number>(defaults).map(([name, value]) => {
    const range = { from: value === 0 ? 0 : 1, to: LARGEST, unit: unit(name) };
    return [name, others[name as keyof T] ?? range];
  });
  return Object.fromEntries(entries) as Ranges<T>;
}

export const FROM_ZERO: NumberRange = { from: 0, to: LARGEST };

export function unitOf(name: string): string | undefined {
  if (name.endsWith('Ms')) return 'milliseconds';
  return name.endsWith('Bytes') ? 'bytes' : undefined;
}

export interface NumbersMore<T> {
  readonly aliases?: Partial<Record<keyof T, string>>;
  readonly restart?: readonly (keyof T)[];
}

/** A section of numbers. */
export function numbers<T extends { readonly [K in keyof T]: number }>(
  defaults: T,
  ranges: Ranges<T>,
  more: NumbersMore<T> = {},
): Section<{ readonly [K in keyof T]: Field<number> }> {
  const names = Object.keys(defaults) as (keyof T & string)[];
  const fields = names.map((name) => {
    const alias = more.aliases?.[name];
    const options = {
      fallback: defaults[name],
      restart: more.restart?.includes(name) ?? false,
      ...(alias === undefined ? {} : { alias }),
    };
    return [name, number(options, ranges[name])];
  });
  const all = Object.fromEntries(fields) as { readonly [K in keyof T]: Field<number> };
  return { kind: 'section', fields: all };
}

/**
 * Joins what was given in code with the defaults.
 *
 * @throws OptionError naming a key that is not known, or a value out of its range.
 */
export function withDefaults<T extends { readonly [K in keyof T]: number }>(
  group: string,
  defaults: T,
  ranges: Ranges<T>,
  given: Partial<T> = {},
): T {
  for (const [name, value] of Object.entries(given)) {
    const range = ranges[name as keyof T];
    const known = Object.hasOwn(ranges, name);
    const expected = known ? describeRange(range) : `one of ${Object.keys(ranges).join(', ')}`;
    if (known && (value === undefined || inRange(value, range))) continue;
    throw new OptionError(`${group}.${name}`, value, expected);
  }
  const kept = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(kept) };
}
