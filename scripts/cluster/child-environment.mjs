// @ts-check

// What configures our own processes is always given on purpose. A PORT or an UNDERSTUDY_SECRET that
// happens to be set in the user's shell would otherwise reach three shops and a balancer at once.
const OURS =
  /^(?:UNDERSTUDY_|SHOP_|BALANCER_|DEMO_|VITEST|(?:HOST|PORT|ADMIN_PORT|NODE_ID|NODE_ENV)$)/;

/**
 * @param {Readonly<Record<string, string | undefined>>} parent
 * @param {Readonly<Record<string, string>>} given
 * @returns {Record<string, string>}
 */
export function childEnvironment(parent, given) {
  /** @type {Record<string, string>} */
  const environment = {};
  for (const [name, value] of Object.entries(parent)) {
    if (value !== undefined && !OURS.test(name)) environment[name] = value;
  }
  return { ...environment, ...given };
}
