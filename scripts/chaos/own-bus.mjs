// @ts-check
import { createServer } from 'node:net';
import { startBus } from '../cluster/bus.mjs';
import { LauncherError } from '../cluster/errors.mjs';

const HOST = '127.0.0.1';

/**
 * A bus server at a fixed address that can be ended, frozen and brought back.
 */
export class OwnServer {
  #launch;
  /** @type {import('../cluster/bus.mjs').Bus | null} */ #bus = null;

  /**
   * @param {string} name
   * @param {() => Promise<import('../cluster/bus.mjs').Bus>} launch
   */
  constructor(name, launch) {
    this.name = name;
    this.#launch = launch;
  }

  get description() {
    return this.#bus?.description ?? 'down';
  }

  async start() {
    this.#bus = await this.#launch();
  }

  /** SIGKILL. */
  async kill() {
    await this.#bus?.process?.kill();
  }

  freeze() {
    this.#bus?.process?.signal('SIGSTOP');
  }

  thaw() {
    this.#bus?.process?.signal('SIGCONT');
  }

  async stop() {
    this.thaw();
    await this.#bus?.stop();
  }
}

/**
 * Starts the bus of a run in which the bus itself is struck: one server, or several that form one
 * NATS cluster.
 *
 * @param {{ directory: string, kind: 'auto' | 'nats' | 'embedded', servers: number }} wish
 * @returns {Promise<{ url: string, servers: readonly OwnServer[] }>}
 * @throws {LauncherError} `ERR_OPTIONS`, or why a server could not be started
 */
export async function startOwnBus({ directory, kind, servers: count }) {
  if (count > 1 && kind === 'embedded') {
    throw new LauncherError('ERR_OPTIONS', '--bus-servers needs nats-server; leave out --bus.');
  }
  const ports = await freePorts(count * 2);
  const [clients, routes] = [ports.slice(0, count), ports.slice(count)];
  const servers = clients.map((port, index) => {
    const own = routes[index] ?? 0;
    const cluster = count === 1 ? {} : { cluster: { port: own, routes } };
    const wanted = count === 1 ? kind : 'nats';
    const launch = () => startBus({ directory, kind: wanted, port, ...cluster });
    return new OwnServer(`bus ${index + 1}`, launch);
  });
  await Promise.all(servers.map((server) => server.start()));
  return { url: clients.map((port) => `nats://${HOST}:${port}`).join(','), servers };
}

/** @param {number} count @returns {Promise<number[]>} All different, and free a moment ago. */
async function freePorts(count) {
  const probes = await Promise.all(Array.from({ length: count }, listenAnywhere));
  const ports = probes.map((probe) => {
    const address = probe.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}

/** @returns {Promise<import('node:net').Server>} */
function listenAnywhere() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, HOST, () => resolve(probe));
  });
}
