import { cookieValues } from './cookies.js';
import type { RequestFacts } from './request-facts.js';

/** The values a request has under a name; nearly always none or one. */
export type ValueSource = (facts: RequestFacts) => readonly string[];

const NONE: readonly string[] = [];

export function cookieSource(name: string, limit: number): ValueSource {
  return ({ request }) => {
    const header = request.headers.cookie;
    return header === undefined ? NONE : cookieValues(header, name, limit).filter(isSome);
  };
}

/** A field that was sent twice has its values joined, as Node does it. */
export function headerSource(name: string): ValueSource {
  const field = name.toLowerCase();
  return ({ request }) => {
    const value = request.headers[field];
    return typeof value === 'string' && value !== '' ? [value] : NONE;
  };
}

/**
 * The first of a name in the query, else in the path, where Java servers put it when a browser
 * takes no cookies: `/cart;jsessionid=…?…`. Never decoded, so that it is what the node reads.
 */
export function parameterSource(name: string): ValueSource {
  return ({ request }) => {
    const [target = ''] = (request.url ?? '').split('#', 1);
    const question = target.indexOf('?');
    const path = question === -1 ? target : target.slice(0, question);
    const query = question === -1 ? '' : target.slice(question + 1);
    const value = valueIn(query, name, '&') ?? valueIn(path, name, ';/');
    return value === undefined ? NONE : [value];
  };
}

/** Of `name=value` between two of the marks. Empty ones do not count. */
function valueIn(text: string, name: string, marks: string): string | undefined {
  const pair = `${name}=`;
  for (let at = text.indexOf(pair); at !== -1; at = text.indexOf(pair, at + 1)) {
    if (at > 0 && text[at - 1] !== marks[0]) continue;
    let end = at + pair.length;
    while (end < text.length && !marks.includes(text[end] as string)) end++;
    if (end > at + pair.length) return text.slice(at + pair.length, end);
  }
  return undefined;
}

function isSome(value: string): boolean {
  return value !== '';
}
