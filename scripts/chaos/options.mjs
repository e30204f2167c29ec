// @ts-check
import { LauncherError } from '../cluster/errors.mjs';
import { describeFlags, parseFlags } from '../cluster/flags.mjs';
import { MAX_NODES } from '../cluster/limits.mjs';
import { LANDED, LANDED_FROM, PAUSE_MAX_MS, POSTS } from './limits.mjs';

/** @param {number} min @param {number} max @param {string} help */
const integer = (min, max, help) =>
  /** @type {const} */ ({ kind: 'integer', min, max, placeholder: 'N', help });

/** @param {string} help */
const share = (help) => /** @type {const} */ ({ kind: 'share', placeholder: 'SHARE', help });

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
    `at most this many ms between two calls of a shopper (${PAUSE_MAX_MS})`,
  ),
  posts: share(`of the calls of a shopper that add, with a key; the others look (${POSTS})`),
  kills: integer(0, 100_000, 'end after this many kills (10, or no limit with --seconds)'),
  seconds: integer(1, 86_400, 'end after this long, however many kills that were'),
  signal: choice(['SIGKILL', 'SIGTERM', 'SIGSTOP'], 'how they end, or stand still (SIGKILL)'),
  strike: choice(['nodes', 'all', 'bus'], 'a node, all nodes at once, or the bus (nodes)'),
  roll: {
    kind: 'switch',
    help: 'instead of kills: every node drained, stopped and replaced, one after the other',
  },
  'bus-servers': integer(1, 5, 'servers of the bus that is struck, one NATS cluster (1)'),
  pairs: integer(0, 100, 'carts that are changed on two nodes at once (4)'),
  members: integer(0, 20, 'shoppers that sign in and out (2)'),
  balancer: choice(['sticky', 'round-robin'], 'how requests find their node (sticky)'),
  landed: share(
    `of the failovers, if ${LANDED_FROM} or more, that must land on a holder; sticky only (${LANDED})`,
  ),
  workers: integer(1, 16, 'processes of the balancer (1)'),
  bus: choice(['auto', 'nats', 'embedded'], 'which bus (auto: nats-server if installed)'),
  adapter: choice(['express', 'fastify'], "the shops' HTTP server (express)"),
  diary: {
    kind: 'text',
    placeholder: 'FOLDER',
    help: 'write down there what happened, request by request',
  },
  seed: integer(0, 2 ** 31, 'chooses victims and articles (random, and printed)'),
  help: { kind: 'switch', help: 'show this and end' },
};

/**
 * @typedef {object} ChaosOptions
 * @property {number} nodes
 * @property {number} shoppers
 * @property {number} pauseMaxMs
 * @property {number} posts  Share of a shopper's calls.
 * @property {boolean} roll
 * @property {number | undefined} landed  Share of the failovers; undefined when that is not judged.
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
 * @property {string | undefined} diary
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
  refuseContradictions(given);
  const seconds = given.seconds === undefined ? undefined : Number(given.seconds);
  const defaultKills = seconds === undefined ? 10 : Number.POSITIVE_INFINITY;
  const assignment = given.balancer ?? 'sticky';
  const strike = given.strike ?? 'nodes';
  // Nobody holds what the death of all nodes took, and without stickiness nobody is looked for.
  const isLandingJudged = assignment === 'sticky' && strike === 'nodes';
  const options = {
    nodes: Number(given.nodes ?? 3),
    shoppers: Number(given.shoppers ?? 20),
    pauseMaxMs: Number(given.pause ?? PAUSE_MAX_MS),
    posts: Number(given.posts ?? POSTS),
    roll: given.roll === true,
    landed: isLandingJudged ? Number(given.landed ?? LANDED) : undefined,
    kills: Number(given.kills ?? defaultKills),
    seconds,
    signal: given.signal ?? 'SIGKILL',
    strike,
    busServers: Number(given['bus-servers'] ?? 1),
    pairs: Number(given.pairs ?? 4),
    members: Number(given.members ?? 2),
    assignment,
    workers: Number(given.workers ?? 1),
    bus: given.bus ?? 'auto',
    adapter: given.adapter ?? 'express',
    diary: given.diary,
    seed: Number(given.seed ?? randomSeed),
    help: given.help === true,
  };
  return /** @type {ChaosOptions} */ (options);
}

/** What says how nodes are struck, which a rolling restart leaves no room for. */
const OF_STRIKES = ['kills', 'seconds', 'signal', 'strike'];

/**
 * @param {ReturnType<typeof parseFlags>} given
 * @throws {LauncherError} `ERR_OPTIONS`
 */
function refuseContradictions(given) {
  const refuse = (/** @type {string} */ message) => new LauncherError('ERR_OPTIONS', message);
  const other = OF_STRIKES.find((name) => given[name] !== undefined);
  if (given.roll === true && other !== undefined) {
    throw refuse(`--roll replaces every node once; leave out --${other}.`);
  }
  if (given.kills === 0 && given.seconds === undefined) {
    throw refuse('--kills 0 needs --seconds, or there would be nothing to do.');
  }
  if (given.strike === 'bus' && given.signal === 'SIGTERM') {
    throw refuse('--strike bus takes --signal SIGKILL or SIGSTOP.');
  }
  if (given.strike === 'all' && (given.signal ?? 'SIGKILL') !== 'SIGKILL') {
    throw refuse('--strike all takes --signal SIGKILL.');
  }
  if (given.strike !== 'bus' && Number(given['bus-servers'] ?? 1) > 1) {
    throw refuse('--bus-servers needs --strike bus.');
  }
  if (given.posts === 0)
    throw refuse('--posts 0: expected more than 0, or nothing would be counted.');
  if (given.landed === undefined) return;
  if (given.balancer === 'round-robin' || (given.strike ?? 'nodes') !== 'nodes') {
    throw refuse('--landed needs --balancer sticky and --strike nodes.');
  }
}

export const CHAOS_HELP = `npm run chaos -- [flags]

Real processes on a real bus. Shoppers fill their carts through the balancer, pairs change one cart on
two nodes at once, members sign in and out, while random nodes or bus servers are ended and started
again, or stand still for a while; or all nodes end at once, with a Redis of the run's own behind them;
or all are replaced one after the other, as a new version is deployed. At the end every cart must hold
exactly what was acknowledged, and no node may know a session that was left by a sign-in or a sign-out.

${describeFlags(FLAGS)}

The last line begins "acknowledged A, lost L, doubled D, failed F", says how many failovers landed on a
node that held the session, and how long each node of a rolling restart took. The exit code is 0 when L,
D and F are 0, nothing that had ended came back and enough failovers landed well.
`;
