import { MAX_COOKIE_CANDIDATES, MAX_COOKIE_HEADER_CHARACTERS } from '../limits.js';

/**
 * Reads every value of the given names from a `Cookie` header (RFC 6265 §5.4). A browser sends a
 * name twice when cookies of different paths or domains share it, and which comes first is not
 * ours to choose, so all values are kept: the caller takes the one that verifies.
 *
 * Values are taken as they are: ours need no decoding, and decoding can throw.
 */
export function parseCookies(
  header: string | undefined,
  names: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  if (!header || header.length > MAX_COOKIE_HEADER_CHARACTERS) return found;
  for (const pair of header.split(';')) {
    const separator = pair.indexOf('=');
    if (separator < 0) continue;
    const name = pair.slice(0, separator).trim();
    if (!names.has(name)) continue;
    const value = unquote(pair.slice(separator + 1).trim());
    const values = found.get(name);
    if (!values) found.set(name, [value]);
    else if (values.length < MAX_COOKIE_CANDIDATES && !values.includes(value)) values.push(value);
  }
  return found;
}

function unquote(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1)
    : value;
}
