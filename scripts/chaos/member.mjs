// @ts-check
import { compareWithCart } from './ledger.mjs';
import { ENDED_KEPT, MEMBER_PAUSE_MAX_MS, QUANTITY_MAX } from './limits.mjs';
import { Person } from './person.mjs';
import { pick } from './random.mjs';

/**
 * @typedef {import('./shopper.mjs').Answer} Answer
 * @typedef {import('./shopper.mjs').Cart} Cart
 *
 * @typedef {object} Glimpse  What one node shows to somebody with the cookies of an ended session.
 * @property {string | null} principal
 * @property {Cart} cart
 *
 * @typedef {{ ok: true, attempts: number } | { ok: false, reason: string, attempts: number }} Done
 *
 * @typedef {import('./shopper.mjs').Shop & import('./all-protected.mjs').Guarded & {
 *   register: (name: string) => Promise<Done>,
 *   login: (name: string) => Promise<Done>,
 *   logout: () => Promise<Done>,
 *   readCart: () => Promise<Cart | null>,
 *   ghost: () => () => Promise<readonly Glimpse[]>,
 * }} MemberShop  `ghost()` keeps the cookies of now; what it returns shows them to every node.
 *   `readCart` is null when nobody answered.
 *
 * @typedef {object} MemberSpec
 * @property {string} name  Also the name of the account.
 * @property {() => MemberShop} enter
 * @property {readonly string[]} articles
 * @property {() => number} random
 * @property {import('./call-log.mjs').CallLog} log
 * @property {import('./weather.mjs').Weather} weather
 */

/**
 * Signs in with a cart, finds the cart again under the new id, and signs out while another window
 * still adds. Once a sign-in or a sign-out is acknowledged, the id of before is dead at every node:
 * at once, and still at the end of the run.
 *
 * @extends {Person<MemberShop>}
 */
export class Member extends Person {
  #spec;
  #isRegistered = false;
  /** @type {{ how: string, glimpse: () => Promise<readonly Glimpse[]> }[]} */ #ended = [];
  signedIn = 0;
  signedOut = 0;
  /** Glimpses of an ended session that showed something of it. */
  revived = 0;

  /** @param {MemberSpec} spec */
  constructor(spec) {
    super({ ...spec, pauseMaxMs: MEMBER_PAUSE_MAX_MS });
    this.#spec = spec;
  }

  /**
   * A whole visit, from the first article to the sign-out.
   *
   * @override
   */
  async addOne() {
    const visit = await this.visits.begin();
    await this.#add(visit);
    const before = visit.shop.ghost();
    if (await this.#signIn(visit.shop)) {
      this.signedIn += 1;
      await this.#mustBeDead('signed in over', before);
      await this.#expectCart(visit);
      await this.#add(visit);
    }
    const last = visit.shop.ghost();
    // Nobody waits for these; the sign-out overtakes them or not.
    const late = [this.#add(visit), this.#add(visit)];
    const out = await this.#call(() => visit.shop.logout());
    await Promise.all(late);
    if (!out) return;
    this.signedOut += 1;
    await this.#mustBeDead('signed out', last);
    this.visits.close(visit);
  }

  /** @override */
  async checkOut() {
    for (const { how, glimpse } of this.#ended) await this.#look(how, glimpse);
    return super.checkOut();
  }

  /** @param {MemberShop} shop */
  async #signIn(shop) {
    const { name } = this;
    const isNew = !this.#isRegistered;
    const done = await this.#call(() => (isNew ? shop.register(name) : shop.login(name)));
    if (done) this.#isRegistered = true;
    return done;
  }

  /** @param {import('./visits.mjs').Visit<MemberShop>} visit */
  async #add({ shop, ledger }) {
    const { articles, random } = this.#spec;
    const [sku, quantity] = [pick(articles, random), 1 + Math.floor(random() * QUANTITY_MAX)];
    const answer = await shop.add(sku, quantity);
    if (answer.ok) ledger.acknowledge(sku, quantity);
    else if (answer.unknown) ledger.leaveOpen(sku, quantity);
  }

  /** @param {import('./visits.mjs').Visit<MemberShop>} visit */
  async #expectCart({ shop, ledger }) {
    const cart = await shop.readCart();
    for (const { sku, acknowledged, present, lost } of cart ? compareWithCart(ledger, cart) : []) {
      if (lost === 0) continue;
      this.#spec.log.addStale(
        `${this.name} found ${present} of ${acknowledged} × ${sku} after signing in`,
      );
    }
  }

  /**
   * @param {string} how
   * @param {() => Promise<readonly Glimpse[]>} glimpse
   */
  async #mustBeDead(how, glimpse) {
    await this.#look(how, glimpse);
    this.#ended.push({ how, glimpse });
    if (this.#ended.length > ENDED_KEPT) this.#ended.shift();
  }

  /**
   * @param {string} how
   * @param {() => Promise<readonly Glimpse[]>} glimpse
   */
  async #look(how, glimpse) {
    for (const { principal, cart } of await glimpse()) {
      if (principal === null && Object.keys(cart).length === 0) continue;
      this.revived += 1;
      const shown = JSON.stringify({ principal, cart });
      this.#spec.log.addStale(`${this.name} had ${how}, and a node still shows ${shown}`);
    }
  }

  /** @param {() => Promise<Done>} act */
  async #call(act) {
    const { log, name, weather } = this.#spec;
    const metStorm = weather.observe();
    const startedAtMs = performance.now();
    const done = await act();
    log.add({
      shopper: name,
      method: 'POST',
      startedAtMs,
      durationMs: performance.now() - startedAtMs,
      attempts: done.attempts,
      metFailover: metStorm(),
      failure: done.ok ? null : done.reason,
    });
    return done.ok;
  }
}
