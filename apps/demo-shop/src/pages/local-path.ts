/**
 * A path of this shop from text that came with a request, else `fallback`. Prevents open
 * redirects: another origin, `//host`, `/\host` and control characters are all refused.
 */
export function localPath(text: unknown, fallback: string): string {
  if (typeof text !== 'string' || !/^\/(?![/\\])[\x21-\x7e]{0,500}$/.test(text)) return fallback;
  const base = 'http://shop.invalid';
  if (!URL.canParse(text, base)) return fallback;
  const url = new URL(text, base);
  return url.origin === base ? `${url.pathname}${url.search}` : fallback;
}
