// @ts-check
import { LauncherError } from '../cluster/errors.mjs';
import { describeFlags, parseFlags } from '../cluster/flags.mjs';
import { MAX_NODES } from '../cluster/limits.mjs';
import { PAUSE_MAX_MS } from './limits.mjs';

/** @param {number} min @param {number} max @param {string} help */
const integer = (min, max, help) =>
  /** @type {const} */ ({ kind: 'integer', min, max, placeholder: 'N', help });

/** @param {readonly string[]} choices @param {string} help */
const choice = (choices, help) =>
  /** @type {const} */ ({ kind: 'choice', choices, placeholder: choices.join('|'), help });

/** @type {import('../cluster/flags.mjs').Flags} */
const FLAGS = {
  nodes: integer(2, MAX_NODES, 'shop processes (default 3)'),
  shoppers: integer(1, 500, 'shoppers, each with its own cookies (20)'),
  pause: integer(
    1,
    60_000,
    `at most this many ms between two additions of a shopper (${PAUSE_MAX_MS})`,
  ),
  kills: integer(0, 100_000, 'end after this many kills (10, or no limit with --seconds)'),
  seconds: integer(1, 86_400, 'end after this long, however many kills that were'),
  signal: choice(['SIGKILL', 'SIGTERM', 'SIGSTOP'], 'how they end, or stand still (SIGKILL)'),
  strike: choice(['nodes', 'all', 'bus'], 'a node, all nodes at once, or the bus (nodes)'),
  'bus-servers': integer(1, 5, 'servers of the bus that is struck, one NATS cluster (1)'),
  pairs: integer(0, 100, 'carts that are changed on two nodes at once (4)'),
  members: integer(0, 20, 'shoppers that sign in and out (2)'),
  balancer: choice(['sticky', 'round-robin'], 'how requests find their node (sticky)'),
  workers: integer(1, 16, 'processes of the balancer (1)'),
  bus: choice(['auto', 'nats', 'embedded'], 'which bus (auto: nats-server if installed)'),
  adapter: choice(['express', 'fastify'], "the shops' HTTP server (express)"),
  seed: integer(0, 2 ** 31, 'chooses victims and articles (random, and printed)'),
  help: { kind: 'switch', help: 'show this and end' },
};

/**
 * @typedef {object} ChaosOptions
 * @property {number} nodes
 * @property {number} shoppers
 * @property {number} pauseMaxMs
 * @property {number} kills  Infinity when only the time ends the run.
 * @property {number | undefined} seconds
 * @property {'SIGKILL' | 'SIGTERM' | 'SIGSTOP'} signal
 * @property {'nodes' | 'all' | 'bus'} strike
 * @property {number} busServers
 * @property {number} pairs
 * @property {number} members
 * @property {'sticky' | 'round-robin'} assignment
 * @property {number} workers
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
    pauseMaxMs: Number(given.pause ?? PAUSE_MAX_MS),
    kills: Number(given.kills ?? defaultKills),
    seconds,
    signal: given.signal ?? 'SIGKILL',
    strike: given.strike ?? 'nodes',
    busServers: Number(given['bus-servers'] ?? 1),
    pairs: Number(given.pairs ?? 4),
    members: Number(given.members ?? 2),
    assignment: given.balancer ?? 'sticky',
    workers: Number(given.workers ?? 1),
    bus: given.bus ?? 'auto',
    adapter: given.adapter ?? 'express',
    seed: Number(given.seed ?? randomSeed),
    help: given.help === true,
  };
  if (options.kills === 0 && seconds === undefined) {
    const message = '--kills 0 needs --seconds, or there would be nothing to do.';
    throw new LauncherError('ERR_OPTIONS', message);
  }
  if (options.strike === 'bus' && options.signal === 'SIGTERM') {
    throw new LauncherError('ERR_OPTIONS', '--strike bus takes --signal SIGKILL or SIGSTOP.');
  }
  if (options.strike === 'all' && options.signal !== 'SIGKILL') {
    throw new LauncherError('ERR_OPTIONS', '--strike all takes --signal SIGKILL.');
  }
  if (options.strike !== 'bus' && options.busServers > 1) {
    throw new LauncherError('ERR_OPTIONS', '--bus-servers needs --strike bus.');
  }
  return /** @type {ChaosOptions} */ (options);
}

export const CHAOS_HELP = `npm run chaos -- [flags]

Real processes on a real bus. Shoppers fill their carts through the balancer, pairs change one cart on
two nodes at once, members sign in and out, while random nodes or bus servers are ended and started
again, or stand still for a while; or all nodes end at once, with a Redis of the run's own behind them. At the end every cart must hold exactly what was acknowledged, and
no node may know a session that was left by a sign-in or a sign-out.

${describeFlags(FLAGS)}

The last line is "acknowledged A, lost L, doubled D, failed F"; the exit code is 0 when the last
three are 0 and nothing that had ended came back.
`;
