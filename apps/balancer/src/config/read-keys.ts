import type { Report } from './field.js';
import { type Field, type Fields, type FieldValues, faultOf, type Located } from './field.js';

/** Reads the keys of a map. What is missing or unusable becomes the fallback of its field. */
export function readKeys<F extends Fields>(
  fields: F,
  from: Located | undefined,
  path: string,
  report: Report,
): FieldValues<F> {
  const map = from?.value instanceof Map ? (from.value as ReadonlyMap<string, Located>) : undefined;
  if (from !== undefined && from.value !== undefined && map === undefined) {
    report(faultOf(from, path, `keys and values: ${Object.keys(fields).join(', ')}`));
  }
  reportUnknown(map, Object.keys(fields), path, report);
  const values = Object.entries<Field<unknown>>(fields).map(([key, field]) => {
    const given = map?.get(key);
    const value = given && field.read(given, `${path}.${key}`, report);
    return [key, value ?? field.fallback];
  });
  return Object.fromEntries(values) as FieldValues<F>;
}

/** The value is not shown: it may be a secret whose key was misspelt. */
export function reportUnknown(
  map: ReadonlyMap<string, Located> | undefined,
  known: readonly string[],
  path: string,
  report: Report,
): void {
  for (const [key, { where }] of map ?? []) {
    if (known.includes(key)) continue;
    const full = path === '' ? key : `${path}.${key}`;
    report({ where, path: full, shown: 'unknown', expected: `one of ${known.join(', ')}` });
  }
}
