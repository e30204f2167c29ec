// @ts-check

import { LauncherError } from '../cluster/errors.mjs';
import { describeFlags, parseFlags } from '../cluster/flags.mjs';
import { parseBusUrl } from '../cluster/join-bus.mjs';
import { MAX_NODES } from '../cluster/limits.mjs';

/** @type {import('../cluster/flags.mjs').Flags} */
const FLAGS = {
  nodes: {
    kind: 'integer',
    min: 1,
    max: MAX_NODES,
    placeholder: 'N',
    help: 'how many shop processes run (default 3)',
  },
  port: port('where the balancer takes the requests for the shop (default 8080; 0: any free one)'),
  'admin-port': port('dashboard and admin API of the balancer (default 8081; 0: any free one)'),
  nats: {
    kind: 'text',
    placeholder: 'URL',
    help: 'use this NATS server (default: nats-server if installed, else the embedded bus)',
  },
  redis: {
    kind: 'text',
    placeholder: 'URL',
    help: 'keep cold copies there: sessions survive the death of all shops (default: none)',
  },
  open: { kind: 'switch', help: 'open the shop in a browser' },
  help: { kind: 'switch', help: 'show this and end' },
};

/** @param {string} help @returns {import('../cluster/flags.mjs').Flag} */
function port(help) {
  return { kind: 'integer', min: 0, max: 65_535, placeholder: 'P', help };
}

/**
 * @typedef {object} StartOptions
 * @property {number} nodes
 * @property {number} port
 * @property {number} adminPort
 * @property {string | undefined} natsUrl
 * @property {string | undefined} redisUrl
 * @property {boolean} open
 * @property {boolean} help
 */

/**
 * @param {readonly string[]} argv
 * @returns {StartOptions}
 * @throws {LauncherError} `ERR_OPTIONS`
 */
export function parseStartOptions(argv) {
  const given = parseFlags(FLAGS, argv);
  const options = {
    nodes: Number(given.nodes ?? 3),
    port: Number(given.port ?? 8080),
    adminPort: Number(given['admin-port'] ?? 8081),
    natsUrl: given.nats === undefined ? undefined : String(given.nats),
    redisUrl: given.redis === undefined ? undefined : redisUrl(String(given.redis)),
    open: given.open === true,
    help: given.help === true,
  };
  if (options.natsUrl !== undefined) parseBusUrl(options.natsUrl);
  if (options.port !== 0 && options.port === options.adminPort) {
    const message = `--port and --admin-port are both ${options.port}; they must differ.`;
    throw new LauncherError('ERR_OPTIONS', message);
  }
  return options;
}

/**
 * @param {string} value
 * @returns {string}
 * @throws {LauncherError} `ERR_OPTIONS`
 */
function redisUrl(value) {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url && /^rediss?:$/.test(url.protocol)) return value;
  // The text itself may hold a password, so it is not repeated.
  throw new LauncherError('ERR_OPTIONS', '--redis expects a URL such as redis://127.0.0.1:6379.');
}

export const START_HELP = `npm start -- [flags]

Builds Understudy and runs it on this machine: a bus, shop processes and the balancer.

${describeFlags(FLAGS)}

Keys, in a terminal:
  k  kill -9 a random shop (it comes back)    a  add a shop
  d  drain a shop and let it leave            q  stop everything
`;
