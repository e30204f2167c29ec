import { describe, expect, it } from 'vitest';
import { CallLog } from '../../scripts/chaos/call-log.mjs';
import { type Glimpse, Member, type MemberShop } from '../../scripts/chaos/member.mjs';
import { Pair, type PairShop } from '../../scripts/chaos/pair.mjs';
import { seededRandom } from '../../scripts/chaos/random.mjs';
import type { Answer, Cart } from '../../scripts/chaos/shopper.mjs';
import { Weather } from '../../scripts/chaos/weather.mjs';

const NODES = ['http://n1', 'http://n2', 'http://n3'];

function add(cart: Record<string, number>, sku: string, quantity: number): Answer {
  cart[sku] = (cart[sku] ?? 0) + quantity;
  return { ok: true, cart: { ...cart }, attempts: 1 };
}

describe('a pair', () => {
  /** A shop whose nodes treat a change that comes while another one is under way as told. */
  function pair(together: 'kept' | 'lost' | 'unanswered') {
    const asked: string[] = [];
    const enter = (): PairShop => {
      const cart: Record<string, number> = {};
      let under = 0;
      return {
        add: async (sku, quantity) => add(cart, sku, quantity),
        async addAt(url, sku, quantity) {
          asked.push(url);
          const crossing = ++under > 1;
          await Promise.resolve();
          under--;
          if (crossing && together === 'unanswered') {
            return { ok: false, unknown: true, reason: 'node went away', attempts: 1 };
          }
          if (crossing && together === 'lost') return { ok: true, cart, attempts: 1 };
          return add(cart, sku, quantity);
        },
        look: async () => ({ ok: true, cart, attempts: 1 }),
        readCarts: async () => [cart],
        copies: async () => [],
        handle: () => 'toy',
      };
    };
    const nodeUrls = () => NODES;
    const articles = ['tea', 'mug', 'jug'];
    return {
      asked,
      pair: new Pair({ name: 'p', enter, nodeUrls, articles, random: seededRandom(1) }),
    };
  }

  it('changes one cart on two different nodes at once', async () => {
    const { asked, pair: people } = pair('kept');
    for (let round = 0; round < 30; round++) await people.addOne();
    for (let first = 0; first < asked.length; first += 4) {
      expect(new Set(asked.slice(first, first + 4)).size).toBe(2);
    }
    expect(people.together).toBeGreaterThan(20);
    expect(await people.checkOut()).toEqual([]);
  });

  it('finds what parallel changes cost each other', async () => {
    const { pair: people } = pair('lost');
    for (let round = 0; round < 5; round++) await people.addOne();
    const found = await people.checkOut();
    expect(found.reduce((sum, { lost }) => sum + lost, 0)).toBeGreaterThan(0);
  });

  it('does not count on what nobody acknowledged', async () => {
    const { pair: people } = pair('unanswered');
    for (let round = 0; round < 5; round++) await people.addOne();
    expect(await people.checkOut()).toEqual([]);
  });
});

describe('a member', () => {
  /** `ghostly`: what is still shown of a session that was left, and how it was left. */
  function member(ghostly: 'nothing' | 'after sign-in' | 'after sign-out', loses = false) {
    const log = new CallLog();
    const enter = (): MemberShop => {
      let cart: Record<string, number> = {};
      let principal: string | null = null;
      const done = async () => ({ ok: true as const, attempts: 1 });
      const signIn = (name: string) => {
        principal = name;
        if (loses) cart = {};
        return done();
      };
      return {
        add: async (sku, quantity) => add(cart, sku, quantity),
        look: async () => ({ ok: true, cart, attempts: 1 }),
        readCarts: async () => [cart],
        copies: async () => [],
        handle: () => 'toy',
        register: signIn,
        login: signIn,
        logout: done,
        readCart: async () => ({ ...cart }),
        ghost() {
          const shown: Cart = { ...cart };
          const asked = principal === null ? 'after sign-in' : 'after sign-out';
          const glimpse: Glimpse =
            ghostly === asked ? { principal, cart: shown } : { principal: null, cart: {} };
          return async () => [{ principal: null, cart: {} }, glimpse];
        },
      };
    };
    const random = seededRandom(1);
    const weather = new Weather();
    const articles = ['tea'];
    return { log, member: new Member({ name: 'm', enter, articles, random, log, weather }) };
  }

  it('is content when what was left is dead', async () => {
    const { log, member: person } = member('nothing');
    for (let visit = 0; visit < 5; visit++) await person.addOne();
    expect(await person.checkOut()).toEqual([]);
    expect(person).toMatchObject({ signedIn: 5, signedOut: 5, revived: 0 });
    expect([log.failed, log.stale]).toEqual([0, 0]);
    expect(person.acknowledged).toBeGreaterThanOrEqual(5);
  });

  it.each(['after sign-in', 'after sign-out'] as const)(
    'sees a session again that one node still knows %s',
    async (how) => {
      const { log, member: person } = member(how);
      await person.addOne();
      // At once, and once more in the end.
      expect(person.revived).toBe(1);
      await person.checkOut();
      expect(person.revived).toBe(2);
      expect(log.stale).toBe(2);
    },
  );

  it('misses a cart that a sign-in cost', async () => {
    const { log, member: person } = member('nothing', true);
    await person.addOne();
    expect(log.failures[0]).toMatch(/found 0 of \d × tea after signing in/);
  });
});
