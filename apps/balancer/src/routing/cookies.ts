/**
 * The values of every cookie called `name`, in the order sent. Browsers send duplicates when a
 * cookie was set with different paths or domains, and which one is right cannot be told by place.
 *
 * Source: RFC 6265 §4.2.1 (`cookie-pair *( ";" SP cookie-pair )`).
 */
export function cookieValues(header: string, name: string, limit: number): string[] {
  const values: string[] = [];
  for (let at = 0; at < header.length && values.length < limit; ) {
    const semicolon = header.indexOf(';', at);
    const end = semicolon === -1 ? header.length : semicolon;
    while (isBlank(header.charCodeAt(at))) at++;
    const equals = at + name.length;
    if (header.charCodeAt(equals) === EQUALS && header.startsWith(name, at)) {
      values.push(header.slice(equals + 1, end).trim());
    }
    at = end + 1;
  }
  return values;
}

const EQUALS = 61;
const SPACE = 32;
const TAB = 9;

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
