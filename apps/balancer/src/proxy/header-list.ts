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
const HOP_BY_HOP: ReadonlySet<string> = new Set([
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
    const field = headers[i] as string;
    if (field.length === name.length && field.toLowerCase() === name) {
      values.push(headers[i + 1] as string);
    }
  }
  return values;
}

/**
 * Keeps what may travel further: no hop-by-hop field, nothing named in `Connection`, nothing
 * `isOurs` claims. Done before anything is added, so that a client cannot have our fields removed
 * by naming them in `Connection`.
 */
export function stripConnectionFields(
  headers: HeaderList,
  isOurs: (lowerCaseName: string) => boolean,
): string[] {
  const named = connectionOptions(headers);
  const kept: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const field = headers[i] as string;
    const name = field.toLowerCase();
    if (HOP_BY_HOP.has(name) || named?.has(name) || isOurs(name)) continue;
    kept.push(field, headers[i + 1] as string);
  }
  return kept;
}

function connectionOptions(headers: HeaderList): ReadonlySet<string> | undefined {
  let options: Set<string> | undefined;
  for (const value of valuesOf(headers, 'connection')) {
    for (const option of value.split(',')) {
      options ??= new Set();
      options.add(option.trim().toLowerCase());
    }
  }
  return options;
}

/**
 * Fields that decide how a message is framed, routed, authorised or understood. Behind the body
 * they come too late to be judged with the rest, and would be merged into what was judged by some
 * readers (RFC 9110 §6.5.1).
 */
const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
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
export function stripTrailers(
  fields: HeaderList,
  isOurs: (lowerCaseName: string) => boolean,
): string[] {
  return stripConnectionFields(fields, (name) => NOT_IN_TRAILERS.has(name) || isOurs(name));
}
