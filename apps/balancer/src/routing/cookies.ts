/**
 * The values of every cookie called `name`, in the order sent. Browsers send duplicates when a
 * cookie was set with different paths or domains, and which one is right cannot be told by place.
 *
 * Source: RFC 6265 §4.2.1 (`cookie-pair *( ";" SP cookie-pair )`).
 */
export function cookieValues(header: string, name: string, limit: number): string[] {
  const values: string[] = [];
  let from = 0;
  while (values.length < limit) {
    const at = header.indexOf(name, from);
    if (at === -1) break;
    from = at + name.length;
    if (header.charCodeAt(from) !== EQUALS || !startsPair(header, at)) continue;
    const end = header.indexOf(';', ++from);
    values.push(header.slice(from, end === -1 ? undefined : end).trim());
  }
  return values;
}

const EQUALS = 61;
const SEMICOLON = 59;
const SPACE = 32;
const TAB = 9;

/** Whether a pair begins at `at`, rather than the tail of a longer name or of a value. */
function startsPair(header: string, at: number): boolean {
  for (let before = at - 1; before >= 0; before--) {
    const code = header.charCodeAt(before);
    if (code !== SPACE && code !== TAB) return code === SEMICOLON;
  }
  return true;
}
