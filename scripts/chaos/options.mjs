// @ts-check
import { LauncherError } from '../cluster/errors.mjs';
import { describeFlags, parseFlags } from '../cluster/flags.mjs';
import { MAX_NODES } from '../cluster/limits.mjs';

/** @param {number} min @param {number} max @param {string} help */
const integer = (min, max, help) =>
  /** @type {const} */ ({ kind: 'integer', min, max, placeholder: 'N', help });

/** @param {readonly string[]} choices @param {string} help */
const choice = (choices, help) =>
  /** @type {const} */ ({ kind: 'choice', choices, placeholder: choices.join('|'), help });

/** @type {import('../cluster/flags.mjs').Flags} */
const FLAGS = {
  nodes: integer(2, MAX_NODES, 'shop processes (default 3)'),
  shoppers: integer(1, 500, 'shoppers, each with its own cookies, adding without a pause (20)'),
  kills: integer(0, 100_000, 'end after this many kills (10, or no limit with --seconds)'),
  seconds: integer(1, 86_400, 'end after this long, however many kills that were'),
  signal: choice(['SIGKILL', 'SIGTERM'], 'how nodes end (SIGKILL)'),
  balancer: choice(['sticky', 'round-robin'], 'how requests find their node (sticky)'),
  bus: choice(['auto', 'nats', 'embedded'], 'which bus (auto: nats-server if installed)'),
  adapter: choice(['express', 'fastify'], "the shops' HTTP server (express)"),
  seed: integer(0, 2 ** 31, 'chooses victims and articles (random, and printed)'),
  help: { kind: 'switch', help: 'show this and end' },
};

/**
 * @typedef {object} ChaosOptions
 * @property {number} nodes
 * @property {number} shoppers
 * @property {number} kills  Infinity when only the time ends the run.
 * @property {number | undefined} seconds
 * @property {'SIGKILL' | 'SIGTERM'} signal
 * @property {'sticky' | 'round-robin'} assignment
 * @property {'auto' | 'nats' | 'embedded'} bus
 * @property {'express' | 'fastify'} adapter
 * @property {number} seed
 * @property {boolean} help
 */

/**
 * @param {readonly string[]} argv
 * @param {number} randomSeed  Used unless a seed is given.
 * @returns {ChaosOptions}
 * @throws {LauncherError} `ERR_OPTIONS`
 */
export function parseChaosOptions(argv, randomSeed) {
  const given = parseFlags(FLAGS, argv);
  const seconds = given.seconds === undefined ? undefined : Number(given.seconds);
  const defaultKills = seconds === undefined ? 10 : Number.POSITIVE_INFINITY;
  const options = {
    nodes: Number(given.nodes ?? 3),
    shoppers: Number(given.shoppers ?? 20),
    kills: Number(given.kills ?? defaultKills),
    seconds,
    signal: given.signal ?? 'SIGKILL',
    assignment: given.balancer ?? 'sticky',
    bus: given.bus ?? 'auto',
    adapter: given.adapter ?? 'express',
    seed: Number(given.seed ?? randomSeed),
    help: given.help === true,
  };
  if (options.kills === 0 && seconds === undefined) {
    const message = '--kills 0 needs --seconds, or there would be nothing to do.';
    throw new LauncherError('ERR_OPTIONS', message);
  }
  return /** @type {ChaosOptions} */ (options);
}

export const CHAOS_HELP = `npm run chaos -- [flags]

Real processes on a real bus. Shoppers fill their carts through the balancer while random nodes are
ended and started again; at the end every cart must hold exactly what was acknowledged.

${describeFlags(FLAGS)}

The last line is "acknowledged A, lost L, doubled D, failed F"; the exit code is 0 when the last
three are 0.
`;
