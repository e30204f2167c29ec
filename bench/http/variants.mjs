// @ts-check

/**
 * @typedef {'none' | 'memory' | 'redis' | 'understudy' | 'on-access'} Sessions
 *
 * @typedef {object} Variant
 * @property {string} name
 * @property {'express' | 'fastify'} platform
 * @property {Sessions} sessions  `on-access` is Understudy with `touch: 'on-access'`.
 */

/** @type {readonly Variant['platform'][]} */
export const PLATFORMS = ['express', 'fastify'];

/** @type {readonly Sessions[]} */
const SESSIONS = ['none', 'memory', 'redis', 'understudy', 'on-access'];

/** @type {readonly Variant[]} */
export const VARIANTS = PLATFORMS.flatMap((platform) =>
  SESSIONS.map((sessions) => ({ name: `${platform}-${sessions}`, platform, sessions })),
);

/** @param {Sessions} sessions */
export function isOurs(sessions) {
  return sessions === 'understudy' || sessions === 'on-access';
}
