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
  for (let at = 0; at < header.length; ) {
    const semicolon = header.indexOf(';', at);
    const end = semicolon < 0 ? header.length : semicolon;
    const separator = header.indexOf('=', at);
    const start = at;
    at = end + 1;
    if (separator < 0) break;
    if (separator > end) continue;
    const name = nameAt(header, start, separator, names);
    if (name === undefined) continue;
    const value = unquote(header.slice(separator + 1, end).trim());
    const values = found.get(name);
    if (!values) found.set(name, [value]);
    else if (values.length < MAX_COOKIE_CANDIDATES && !values.includes(value)) values.push(value);
  }
  return found;
}

/** The one of these names that stands there; the others are not even cut out, as most are others'. */
function nameAt(
  header: string,
  from: number,
  to: number,
  names: ReadonlySet<string>,
): string | undefined {
  let start = from;
  let end = to;
  while (start < end && isSpace(header.charCodeAt(start))) start++;
  while (end > start && isSpace(header.charCodeAt(end - 1))) end--;
  for (const name of names) {
    if (name.length === end - start && header.startsWith(name, start)) return name;
  }
  return undefined;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function unquote(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1)
    : value;
}
