import {
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';

/** Headers as `writeHead` takes them, name by name. */
export type HeadObject = Readonly<OutgoingHttpHeaders>;

export function isHeadObject(headers: unknown): headers is HeadObject {
  return typeof headers === 'object' && headers !== null && !Array.isArray(headers);
}

/**
 * Throws what Node throws of a header it cannot send; where it is given, as the framework expects it
 * (the failure prevented: it is found out when nobody can answer with an error any more).
 */
export function checkHead(head: HeadObject): void {
  for (const name of Object.keys(head)) {
    const value = head[name];
    if (value === undefined) continue;
    validateHeaderName(name);
    for (const each of Array.isArray(value) ? value : [value]) {
      validateHeaderValue(name, each as string);
    }
  }
}

/**
 * A head with headers added to it, which Node renders as it stands: put into the response one by one,
 * each would be checked, kept and looked up once more, which Fastify's responses do not have to bear
 * otherwise. Undefined when both have one of the same name: which one holds is not decided here.
 */
export function mergeHead(
  head: HeadObject,
  added: Readonly<Record<string, string>>,
  cookies: readonly string[],
): HeadObject | undefined {
  if (cookies.length === 0 && isBare(added) && !hasGap(head)) return head;
  const merged: Record<string, OutgoingHttpHeader> = {};
  for (const name of Object.keys(head)) {
    const value = head[name];
    // Node refuses them, and the application was spared that so far.
    if (value === undefined) continue;
    if (isAmong(added, name) || (cookies.length > 0 && isSame(name, SET_COOKIE))) return undefined;
    merged[name] = value;
  }
  for (const name in added) merged[name] = added[name] as string;
  if (cookies.length > 0) merged[SET_COOKIE] = cookies as string[];
  return merged;
}

/** The value under a name, in whatever case it was given. */
export function headerOf(head: HeadObject, name: string): OutgoingHttpHeader | undefined {
  for (const given of Object.keys(head)) if (isSame(given, name)) return head[given];
  return undefined;
}

const SET_COOKIE = 'Set-Cookie';

function isBare(added: Readonly<Record<string, string>>): boolean {
  for (const _name in added) return false;
  return true;
}

function hasGap(head: HeadObject): boolean {
  for (const name of Object.keys(head)) if (head[name] === undefined) return true;
  return false;
}

function isAmong(headers: Readonly<Record<string, string>>, name: string): boolean {
  for (const other in headers) if (isSame(other, name)) return true;
  return false;
}

function isSame(name: string, other: string): boolean {
  return name.length === other.length && name.toLowerCase() === other.toLowerCase();
}
