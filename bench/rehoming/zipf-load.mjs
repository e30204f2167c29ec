// @ts-check
import { KeepAliveClient } from '../http/keep-alive-client.mjs';

/** @typedef {import('./shopper.mjs').Shopper} Shopper */

const CONNECTIONS = 48;
const STEP_MS = 10;
/** Of answers that are still due at the end. */
const ANSWER_MS = 30_000;
/** One request in so many changes the session. */
const CHANGES = 10;
/** As few clients ask for much and many for little; flat at the top, so that no one fills a node. */
const EXPONENT = 0.7;
const FLAT = 10;

/** Clients that ask as often as Zipf's law says, whether answers are quick or not. */
export class ZipfLoad {
  /** @type {KeepAliveClient[]} */
  #idle = [];
  /** @type {{ shopper: Shopper, everyMs: number, dueMs: number, asked: number }[]} */
  #rows;
  #sku;
  #port;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #underWay = 0;
  answered = 0;
  /** @type {string[]} What failed, and why. */
  failures = [];

  /**
   * @param {number} port
   * @param {readonly Shopper[]} shoppers
   * @param {{ perSecond: number, sku: string }} options  `perSecond`: of all of them.
   */
  constructor(port, shoppers, { perSecond, sku }) {
    this.#sku = sku;
    this.#port = port;
    const weights = shoppers.map((_, rank) => 1 / (rank + FLAT) ** EXPONENT);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    this.#rows = shoppers.map((shopper, rank) => {
      const everyMs = (1_000 * total) / ((weights[rank] ?? 0) * perSecond);
      return { shopper, everyMs, dueMs: performance.now() + Math.random() * everyMs, asked: 0 };
    });
  }

  start() {
    this.#timer = setInterval(() => this.#step(), STEP_MS);
  }

  /** Resolves when all that was asked is answered, or was waited for in vain. */
  async stop() {
    clearInterval(this.#timer);
    const endMs = performance.now() + ANSWER_MS;
    while (this.#underWay > 0 && performance.now() < endMs)
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }

  get underWay() {
    return this.#underWay;
  }

  /** @returns {Promise<number>} Sessions that hold less than was acknowledged, or more than was asked for. */
  async countLost() {
    let lost = 0;
    const client = new KeepAliveClient(this.#port);
    for (const { shopper } of this.#rows) {
      const pieces = await lookUntilSeen(shopper, client);
      if (pieces < shopper.acknowledged || pieces > shopper.asked) lost++;
    }
    client.close();
    return lost;
  }

  close() {
    for (const client of this.#idle) client.close();
  }

  /** The one used last, or another one as long as there may be more. */
  #client() {
    for (let client = this.#idle.pop(); client; client = this.#idle.pop()) {
      if (client.isOpen) return client;
      client.close();
    }
    return this.#underWay < CONNECTIONS ? new KeepAliveClient(this.#port) : undefined;
  }

  #step() {
    const nowMs = performance.now();
    for (const row of this.#rows) {
      if (row.dueMs > nowMs) continue;
      const client = this.#client();
      // All others wait as well; they stay due.
      if (client === undefined) return;
      void this.#ask(client, row);
    }
  }

  /** @param {KeepAliveClient} client @param {{ shopper: Shopper, everyMs: number, dueMs: number, asked: number }} row */
  async #ask(client, row) {
    this.#underWay++;
    // One at a time: nobody's next request comes before the answer to the last one.
    row.dueMs = Number.POSITIVE_INFINITY;
    row.asked++;
    const { shopper } = row;
    try {
      const isChange = row.asked % CHANGES === 0;
      await (isChange ? shopper.add(client, this.#sku) : shopper.look(client));
      this.answered++;
      this.#idle.push(client);
    } catch (error) {
      this.failures.push(/** @type {Error} */ (error).message);
      // Nobody knows what is left of its connection.
      client.close();
    }
    row.dueMs = performance.now() + row.everyMs;
    this.#underWay--;
  }
}

const LOOKS = 20;
const LOOK_MS = 500;

/** What a node on a busy machine does not know now is asked for again: is it lost, or late?
 * @param {Shopper} shopper @param {KeepAliveClient} client */
async function lookUntilSeen(shopper, client) {
  for (let looks = 1; ; looks++) {
    try {
      return await shopper.look(client);
    } catch (error) {
      if (looks === LOOKS) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}
