import { isField } from '../proxy/field-names.js';
import type { HeaderList } from '../proxy/header-list.js';

/**
 * The fields of a request without the cookies of a name. It is between client and balancer, and a
 * node that sees it would hand it to logs, to caches that vary by cookies, and to whoever it asks.
 * What else stands in the field stays as it was, byte for byte.
 */
export function withoutCookie(headers: HeaderList, name: string): HeaderList {
  return rewritten(headers, (field, value) => {
    const rest = isField(field, 'cookie') ? withoutPairs(value, name) : value;
    return rest === '' && value !== '' ? undefined : rest;
  });
}

/** The fields of a response that do not set the cookie, which one balancer alone does. */
export function withoutSetCookie(headers: HeaderList, name: string): HeaderList {
  return rewritten(headers, (field, value) =>
    isField(field, 'set-cookie') && isPairOf(value, name) ? undefined : value,
  );
}

/** The very same where nothing is rewritten; a field whose value becomes undefined is left out. */
function rewritten(
  headers: HeaderList,
  rewrite: (field: string, value: string) => string | undefined,
): HeaderList {
  let kept: string[] | undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const field = headers[i] as string;
    const value = headers[i + 1] as string;
    const rest = rewrite(field, value);
    if (rest !== value) kept ??= headers.slice(0, i);
    if (rest !== undefined) kept?.push(field, rest);
  }
  return kept ?? headers;
}

function withoutPairs(header: string, name: string): string {
  const pairs = header.split(';');
  const kept = pairs.filter((pair) => !isPairOf(pair, name));
  return kept.length === pairs.length ? header : kept.join(';').trimStart();
}

function isPairOf(pair: string, name: string): boolean {
  return pair.trimStart().startsWith(`${name}=`);
}
