/** One proxy's element of a `Forwarded` field. */
export interface ForwardedElement {
  readonly for?: string;
  readonly proto?: string;
  readonly host?: string;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PAIR = new RegExp(`\\s*(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)")\\s*([;,]|$)`, 'y');
const KNOWN: ReadonlySet<string> = new Set(['for', 'proto', 'host']);

/**
 * Reads the values of `Forwarded` fields, the nearest proxy last (RFC 7239 §4). None of it is
 * believed if a part cannot be read: it would be anybody's guess whose part that is.
 */
export function parseForwarded(values: readonly string[]): readonly ForwardedElement[] {
  const text = values.join(',');
  if (text.trim() === '') return [];
  const elements: Record<string, string>[] = [];
  let element: Record<string, string> = {};
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < text.length) {
    const match = PAIR.exec(text);
    if (match === null) return [];
    const [, name = '', token, quoted = '', delimiter] = match;
    const key = name.toLowerCase();
    // Each parameter occurs once; which one of two is meant cannot be told.
    if (Object.hasOwn(element, key)) return [];
    element[key] = token ?? quoted.replace(/\\(.)/g, '$1');
    if (delimiter === ';') continue;
    elements.push(element);
    element = {};
  }
  return Object.keys(element).length > 0 ? [] : elements.map(known);
}

function known(element: Readonly<Record<string, string>>): ForwardedElement {
  return Object.fromEntries(Object.entries(element).filter(([key]) => KNOWN.has(key)));
}
