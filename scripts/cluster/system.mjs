// @ts-check
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { isHealthy, readCluster, showsExactly } from './admin.mjs';
import { startBus } from './bus.mjs';
import { LauncherError } from './errors.mjs';
import { HEALTHY_DEADLINE_MS, MAX_NODES, POLL_INTERVAL_MS, STOP_MS } from './limits.mjs';
import { assertBuilt } from './paths.mjs';
import { BALANCER_READY_LINE, launchBalancer, launchShop } from './programs.mjs';
import { SupervisedShop } from './supervised-shop.mjs';
import { waitFor } from './wait-for.mjs';

/**
 * @typedef {import('./supervised-shop.mjs').ShopEvent} ShopEvent
 * @typedef {import('./managed-process.mjs').Exit} Exit
 * @typedef {import('./managed-process.mjs').ManagedProcess} ManagedProcess
 *
 * @typedef {ShopEvent | { type: 'balancer-died' | 'bus-died', exit: Exit }} SystemEvent
 *
 * @typedef {object} SystemOptions
 * @property {number} nodes
 * @property {string} directory  An existing folder for the database and generated configuration.
 * @property {number} [port]  Of the balancer. Default 0, a free one.
 * @property {number} [adminPort]  Default 0, a free one.
 * @property {'auto' | 'nats' | 'embedded'} [bus]  Default `auto`.
 * @property {string} [busUrl]  A bus that already runs.
 * @property {'sticky' | 'round-robin'} [assignment]  Default `sticky`.
 * @property {'express' | 'fastify'} [adapter]  Default `express`.
 * @property {boolean} [restart]  Whether shops that die come back. Default true.
 * @property {(event: SystemEvent) => void} [onEvent]
 * @property {Readonly<Record<string, string>>} [shopEnv]  Further environment of the shops.
 * @property {Readonly<Record<string, string>>} [balancerEnv]
 */

/**
 * Starts bus, shops and balancer, and waits until the balancer routes to every shop.
 *
 * @param {SystemOptions} options
 * @returns {Promise<System>}
 * @throws {LauncherError} Whatever failed first; what had been started by then is ended.
 */
export async function startSystem(options) {
  assertBuilt();
  const bus = await startBus({
    directory: options.directory,
    ...(options.busUrl === undefined ? {} : { url: options.busUrl }),
    ...(options.bus === undefined ? {} : { kind: options.bus }),
  });
  const system = new System(bus, options);
  try {
    await system.open();
    return system;
  } catch (error) {
    await system.abandon();
    throw error;
  }
}

/** A running bus with its shops and its balancer. Made by `startSystem`. */
export class System {
  #options;
  /** @type {import('./programs.mjs').ClusterIdentity} */ #identity;
  /** @type {Map<string, SupervisedShop>} */ #shops = new Map();
  /** @type {ManagedProcess | null} */ #balancer = null;
  #stopping = false;
  #highestNumber = 0;

  /**
   * @param {import('./bus.mjs').Bus} bus
   * @param {SystemOptions} options
   */
  constructor(bus, options) {
    this.bus = bus;
    this.#options = options;
    // A fresh name keeps this start apart from everything else on the bus; a fresh secret, known to
    // nobody, means that no cookie of an earlier start is honoured.
    this.#identity = {
      busUrl: bus.url,
      clusterName: `demo-${randomBytes(4).toString('hex')}`,
      secret: randomBytes(32).toString('base64url'),
    };
    /** Where the balancer takes requests. */
    this.url = '';
    /** The balancer's admin API and dashboard. */
    this.adminUrl = '';
  }

  /** @returns {string} The cluster's name on the bus. */
  get clusterName() {
    return this.#identity.clusterName;
  }

  /** @returns {string | undefined} What the admin API asks for, if it does. */
  get adminToken() {
    return this.#options.balancerEnv?.BALANCER_ADMIN_TOKEN;
  }

  /** @returns {readonly SupervisedShop[]} In the order they were added, without those that left. */
  get shops() {
    return [...this.#shops.values()];
  }

  /** @returns {ManagedProcess | null} */
  get balancer() {
    return this.#balancer;
  }

  async open() {
    const { nodes } = this.#options;
    this.#watch(this.bus.process, 'bus-died');
    const shops = Array.from({ length: nodes }, () => this.#newShop());
    await Promise.all([this.#startBalancer(), ...shops.map((shop) => shop.start())]);
    await this.settled();
  }

  /**
   * Resolves when the balancer routes to every shop that is meant to be there and to no other.
   *
   * @param {number} [deadlineMs]
   * @param {number} [everyMs]  How often all of them are asked, which costs them something.
   * @returns {Promise<import('./admin.mjs').ClusterView>}
   */
  async settled(deadlineMs = HEALTHY_DEADLINE_MS, everyMs = POLL_INTERVAL_MS) {
    /** @type {unknown} */
    let last;
    return waitFor(
      'every shop to be active in the cluster',
      async () => {
        last = await readCluster(this.adminUrl, this.adminToken);
        const view = /** @type {import('./admin.mjs').ClusterView} */ (last);
        const wanted = this.shops.filter((shop) => shop.wanted);
        const alive = await Promise.all(wanted.map((shop) => shop.url && isHealthy(shop.url)));
        const pids = wanted.map((shop) => ({ id: shop.id, pid: shop.process?.pid ?? -1 }));
        return alive.every(Boolean) && showsExactly(view, pids) && view;
      },
      { deadlineMs, everyMs, detail: () => `The balancer said last: ${JSON.stringify(last)}` },
    );
  }

  /**
   * @param {string} id
   * @returns {SupervisedShop}
   * @throws {LauncherError} `ERR_NO_SUCH_NODE`
   */
  shop(id) {
    const shop = this.#shops.get(id);
    if (shop) return shop;
    throw new LauncherError('ERR_NO_SUCH_NODE', `There is no node ${id} here.`, { id });
  }

  /**
   * @returns {Promise<SupervisedShop>} A further shop, listening.
   * @throws {LauncherError} `ERR_TOO_MANY_NODES`, or why it could not start
   */
  async addShop() {
    if (this.#shops.size >= MAX_NODES) {
      const message = `${MAX_NODES} nodes run already; that is the most on one machine.`;
      throw new LauncherError('ERR_TOO_MANY_NODES', message, { limit: MAX_NODES });
    }
    const shop = this.#newShop();
    try {
      await shop.start();
    } catch (error) {
      this.#shops.delete(shop.id);
      throw error;
    }
    return shop;
  }

  /**
   * Lets a shop hand over its sessions and leave for good.
   *
   * @param {string} id
   * @returns {Promise<Exit | null>} Code 0 when it left in order.
   */
  async removeShop(id) {
    const exit = await this.shop(id).stop();
    this.#shops.delete(id);
    return exit;
  }

  /**
   * Stops taking requests, lets the shops drain all at once, and ends the bus last.
   *
   * @returns {Promise<void>}
   */
  async stop() {
    this.#stopping = true;
    await this.#balancer?.stop(STOP_MS);
    await Promise.all(this.shops.map((shop) => shop.stop()));
    await this.bus.stop();
  }

  /** Ends everything without waiting for anybody. */
  async abandon() {
    this.#stopping = true;
    await Promise.all([
      this.#balancer?.kill(),
      this.bus.process?.kill(),
      ...this.shops.map((shop) => shop.abandon()),
    ]);
  }

  #newShop() {
    this.#highestNumber += 1;
    const id = `n${this.#highestNumber}`;
    const { adapter = 'express', directory, restart = true, shopEnv = {} } = this.#options;
    const database = join(directory, 'shop.db');
    const shop = new SupervisedShop({
      id,
      launch: () => launchShop(this.#identity, { id, database, adapter, env: shopEnv }),
      restart,
      onEvent: (event) => this.#options.onEvent?.(event),
    });
    this.#shops.set(id, shop);
    return shop;
  }

  async #startBalancer() {
    const { port = 0, adminPort = 0, assignment = 'sticky', balancerEnv = {} } = this.#options;
    const wanted = { port, adminPort, assignment, env: balancerEnv };
    const child = launchBalancer(this.#identity, wanted);
    this.#balancer = child;
    const [, url = '', adminUrl = ''] = await child.waitForLine(BALANCER_READY_LINE);
    this.url = url;
    this.adminUrl = adminUrl;
    this.#watch(child, 'balancer-died');
  }

  /**
   * @param {ManagedProcess | null} child
   * @param {'balancer-died' | 'bus-died'} type
   */
  #watch(child, type) {
    void child?.exited.then((exit) => {
      if (!this.#stopping) this.#options.onEvent?.({ type, exit });
    });
  }
}
