// @ts-check

/** @typedef {import('./variants.mjs').Sessions} Sessions */

/**
 * @typedef {object} Scenario
 * @property {string} name
 * @property {'GET' | 'POST'} method
 * @property {'/plain' | '/read' | '/write'} path
 * @property {number} bytes  Of each session, as JSON.
 * @property {readonly Sessions[]} sessions  Who takes part.
 * @property {number} [perSecond]  Open loop; default closed.
 */

export const SMALL_BYTES = 2_000;
export const LARGE_BYTES = 20_000;

/** @type {readonly Sessions[]} */
const EACH = ['none', 'memory', 'redis', 'understudy', 'least'];
/** @type {readonly Sessions[]} */
const LARGE = ['redis', 'understudy', 'least'];
/** @type {readonly Sessions[]} */
const ADDED = ['none', 'redis', 'understudy', 'least'];

const READ = /** @type {const} */ ({ method: 'GET', path: '/read' });
const WRITE = /** @type {const} */ ({ method: 'POST', path: '/write' });

/** @type {readonly Scenario[]} */
export const SCENARIOS = [
  {
    name: 'untouched',
    method: 'GET',
    path: '/plain',
    bytes: SMALL_BYTES,
    sessions: [...EACH, 'on-access'],
  },
  // Without a session these two do what `plain` does, which is what a request costs by itself.
  { name: 'read', ...READ, bytes: SMALL_BYTES, sessions: EACH },
  { name: 'write', ...WRITE, bytes: SMALL_BYTES, sessions: EACH },
  { name: 'read20', ...READ, bytes: LARGE_BYTES, sessions: LARGE },
  { name: 'write20', ...WRITE, bytes: LARGE_BYTES, sessions: LARGE },
  { name: 'open500', ...WRITE, bytes: SMALL_BYTES, sessions: ADDED, perSecond: 500 },
  { name: 'open2000', ...WRITE, bytes: SMALL_BYTES, sessions: ADDED, perSecond: 2_000 },
];
