// @ts-check
import { startBus } from '../cluster/bus.mjs';
import { LauncherError } from '../cluster/errors.mjs';
import { freePorts } from './free-ports.mjs';

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
