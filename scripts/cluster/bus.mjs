// @ts-check
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LauncherError } from './errors.mjs';
import { findProgram } from './find-program.mjs';
import { joinBus } from './join-bus.mjs';
import { STOP_MS } from './limits.mjs';
import { ManagedProcess } from './managed-process.mjs';
import { natsConfig } from './nats-config.mjs';
import { PROGRAMS, ROOT } from './paths.mjs';

/**
 * @typedef {'external' | 'nats-server' | 'embedded'} BusKind
 *
 * @typedef {object} Bus
 * @property {BusKind} kind
 * @property {string} url
 * @property {string} description  One line for people: which bus this is, and why.
 * @property {ManagedProcess | null} process  Null when somebody else runs it.
 * @property {() => Promise<void>} stop
 *
 * @typedef {object} BusWish
 * @property {string} directory  For the generated configuration.
 * @property {string} [url]  Use this one, start none.
 * @property {'auto' | 'nats' | 'embedded'} [kind]  Default `auto`: nats-server if there is one.
 * @property {number} [port]  Default 0, a free one.
 * @property {{ port: number, routes: readonly number[] }} [cluster]  Makes nats-server one of
 *   several: its own port for the others, and the ports of all.
 */

const HOST = '127.0.0.1';

/**
 * Processors that a bus on the shops' own machine takes for itself. With two of them nats-server wakes
 * one thread to look for work that another has just taken; each is a process of the shops kept waiting.
 */
const GO_PROCESSORS = '1';

/**
 * Looks for a bus in a fixed order: the given URL, `nats-server` on this machine, the embedded one.
 *
 * @param {BusWish} wish
 * @returns {Promise<Bus>}
 * @throws {LauncherError} `ERR_BUS_UNREACHABLE`, `ERR_PROGRAM_MISSING`, or why it failed
 */
export async function startBus(wish) {
  if (wish.url !== undefined) return joinBus(wish.url);
  const kind = wish.kind ?? 'auto';
  const program = kind === 'embedded' ? null : findProgram('nats-server');
  if (program !== null) return startNatsServer(program, wish);
  if (kind === 'nats') {
    throw new LauncherError(
      'ERR_PROGRAM_MISSING',
      'nats-server is neither on PATH nor in /usr/sbin. Install it, or leave the bus to us.',
      { program: 'nats-server' },
    );
  }
  return startEmbeddedBus(wish);
}

/**
 * @param {string} program
 * @param {BusWish} wish
 * @returns {Promise<Bus>}
 */
async function startNatsServer(program, { directory, port = 0, cluster }) {
  // Two launchers may share the folder.
  const config = join(directory, `nats-${process.pid}-${port}.conf`);
  const listen = { host: HOST, port: port === 0 ? -1 : port };
  writeFileSync(config, natsConfig(cluster === undefined ? listen : { ...listen, cluster }));
  const child = new ManagedProcess({
    name: 'nats-server',
    command: program,
    args: ['-c', config],
    env: { GOMAXPROCS: process.env.GOMAXPROCS ?? GO_PROCESSORS },
    // It obeys the terminal's Ctrl-C, and must not leave before the shops have.
    ownGroup: true,
  });
  const match = await readyOrStop(child, /Listening for client connections on \S+:(\d+)/);
  const url = `nats://${HOST}:${match[1]}`;
  rmSync(config);
  return owned('nats-server', url, `nats-server (${program})`, child);
}

/**
 * @param {BusWish} wish
 * @returns {Promise<Bus>}
 */
async function startEmbeddedBus({ kind, port = 0 }) {
  const child = new ManagedProcess({
    name: 'bus',
    command: process.execPath,
    args: [PROGRAMS.bus, '--host', HOST, '--port', String(port), '--ignore-sigint'],
    cwd: ROOT,
  });
  const match = await readyOrStop(child, /understudy-bus listening on (nats:\/\/\S+)/);
  const why = kind === 'embedded' ? 'as asked' : 'no nats-server on this machine';
  const description = `embedded bus, for development (${why})`;
  return owned('embedded', match[1] ?? '', description, child);
}

/**
 * @param {ManagedProcess} child
 * @param {RegExp} pattern
 */
async function readyOrStop(child, pattern) {
  try {
    return await child.waitForLine(pattern);
  } catch (error) {
    await child.kill();
    throw error;
  }
}

/**
 * @param {BusKind} kind
 * @param {string} url
 * @param {string} description
 * @param {ManagedProcess} child
 * @returns {Bus}
 */
function owned(kind, url, description, child) {
  const stop = async () => void (await child.stop(STOP_MS));
  return { kind, url, description, process: child, stop };
}
