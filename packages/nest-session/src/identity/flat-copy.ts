/**
 * The same ASCII text in memory of its own. V8 keeps a cut of 13 characters or more as a reference
 * into what it was cut from: a label that is remembered would keep the whole `Cookie` header, and
 * with it the session id.
 */
export function flatCopy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
