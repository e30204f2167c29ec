/**
 * What those who come from express-session write out of habit, and what to do instead: a list of all
 * options would leave them looking for one that is not there, or is called otherwise.
 */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['name', 'cookie.name in its place'],
  ['key', 'cookie.name in its place'],
  ['proxy', 'trustProxy in its place'],
  ['rolling', 'timeouts.idle and touch in its place'],
  ['resave', 'no such option: what a handler changed is stored, no more'],
  ['saveUninitialized', 'no such option: a session begins with its first property'],
  ['genid', 'no such option: ids are made here'],
  ['unset', 'no such option: session.logout() and destroy() end a session'],
  ['cookie.maxAge', 'timeouts.idle in its place'],
  ['cookie.expires', 'timeouts.idle in its place'],
  ['cookie.httpOnly', 'no such option: it always is'],
  ['cookie.signed', 'no such option: it always is'],
]);

/** What is expected in place of an option that only express-session has; undefined for others. */
export function insteadOf(name: string): string | undefined {
  return INSTEAD.get(name);
}
