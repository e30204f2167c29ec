/** A label of RFC 1123 §2.1. */
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i;

/**
 * Whether a host can be below this domain: browsers drop cookies of any other in silence. They ignore a
 * dot in front (RFC 6265 §5.2.3).
 */
export function isCookieDomain(domain: string): boolean {
  const labels = domain.replace(/^\./, '').split('.');
  return domain.length <= 253 && labels.every((label) => LABEL.test(label));
}
