import { FieldNames, isField } from './field-names.js';

/**
 * Header fields as they were on the wire: name, value, name, value … Case, order, duplicates
 * kept.
 */
export type HeaderList = readonly string[];

/**
 * Fields that speak about one connection and must not travel further.
 *
 * Source: RFC 9110 §7.6.1; `proxy-*` and `keep-alive` from RFC 2068 §13.5.1.
 */
const HOP_BY_HOP = new FieldNames([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** Every value of a field, in order. `name` in lower case. */
export function valuesOf(headers: HeaderList, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    if (isField(headers[i] as string, name)) values.push(headers[i + 1] as string);
  }
  return values;
}

/** The first value of a field. `name` in lower case. */
export function firstValueOf(headers: HeaderList, name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) {
    if (isField(headers[i] as string, name)) return headers[i + 1];
  }
  return undefined;
}

/**
 * Keeps what may travel further: no hop-by-hop field, nothing named in `Connection`, nothing
 * `isOurs` claims, which is asked for names as they were written. Done before anything is added, so
 * that a client cannot have our fields removed by naming them in `Connection`.
 */
export function stripConnectionFields(
  headers: HeaderList,
  isOurs: (field: string) => boolean,
): string[] {
  let named: Set<string> | undefined;
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const field = headers[i] as string;
    const value = headers[i + 1] as string;
    if (!HOP_BY_HOP.has(field)) {
      if (!isOurs(field)) kept.push(field, value);
    } else if (isField(field, 'connection') && !NAMES_NO_FIELD.has(value)) {
      named ??= new Set();
      for (const option of value.split(',')) named.add(option.trim().toLowerCase());
    }
  }
  // Known only now: `Connection` may stand behind what it names.
  return named === undefined ? kept : without(named, kept);
}

/** Values of `Connection` that name no field which is not stripped anyway; nearly all are. */
const NAMES_NO_FIELD = new FieldNames(['close', 'keep-alive', 'upgrade']);

function without(named: ReadonlySet<string>, fields: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const field = fields[i] as string;
    if (!named.has(field.toLowerCase())) kept.push(field, fields[i + 1] as string);
  }
  return kept;
}

/**
 * Fields that decide how a message is framed, routed, authorised or understood. Behind the body
 * they come too late to be judged with the rest, and would be merged into what was judged by some
 * readers (RFC 9110 §6.5.1).
 */
const NOT_IN_TRAILERS = new FieldNames([
  'age',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expect',
  'expires',
  'forwarded',
  'host',
  'idempotency-key',
  'location',
  'max-forwards',
  'origin',
  'pragma',
  'range',
  'retry-after',
  'set-cookie',
  'trailer',
  'vary',
  'warning',
  'www-authenticate',
  'x-real-ip',
]);

/** The trailer fields that may travel further. */
export function stripTrailers(fields: HeaderList, isOurs: (field: string) => boolean): string[] {
  return stripConnectionFields(fields, (field) => NOT_IN_TRAILERS.has(field) || isOurs(field));
}
