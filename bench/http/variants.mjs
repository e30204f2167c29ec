// @ts-check

/**
 * @typedef {'none' | 'memory' | 'redis' | 'understudy' | 'on-access' | 'least'} Sessions
 *
 * @typedef {object} Variant
 * @property {string} name
 * @property {'express' | 'fastify'} platform
 * @property {Sessions} sessions  `on-access` is Understudy with `touch: 'on-access'`; `least` is the
 *   least that could be measured in its place, on Fastify only.
 */

/** @type {readonly Variant['platform'][]} */
export const PLATFORMS = ['express', 'fastify'];

/** @type {readonly Sessions[]} */
const SESSIONS = ['none', 'memory', 'redis', 'understudy', 'on-access', 'least'];

/** @type {readonly Variant[]} */
export const VARIANTS = PLATFORMS.flatMap((platform) =>
  SESSIONS.filter((sessions) => platform === 'fastify' || sessions !== 'least').map((sessions) => ({
    name: `${platform}-${sessions}`,
    platform,
    sessions,
  })),
);

/** @param {Sessions} sessions */
export function isOurs(sessions) {
  return sessions === 'understudy' || sessions === 'on-access';
}
