import { afterEach, describe, expect, it } from 'vitest';
import { type ShopEvent, SupervisedShop } from '../../scripts/cluster/supervised-shop.mjs';
import { waitFor } from '../../scripts/cluster/wait-for.mjs';
import { READY, STAY, toyProgram } from './toy-program.js';

const LEAVES_IN_ORDER = `process.on('SIGTERM', () => process.exit(0));${READY}${STAY}`;

describe('a supervised shop', () => {
  const shops: SupervisedShop[] = [];
  afterEach(async () => {
    await Promise.all(shops.splice(0).map((shop) => shop.abandon()));
  });

  function supervise(sources: string[], restart = true) {
    const events: ShopEvent[] = [];
    let life = 0;
    const shop = new SupervisedShop({
      id: 'n1',
      launch: () => toyProgram(sources[Math.min(life++, sources.length - 1)] ?? ''),
      restart,
      onEvent: (event) => events.push(event),
    });
    shops.push(shop);
    const seen = (type: ShopEvent['type'], times = 1) =>
      waitFor(
        `${times} × ${type}`,
        () => events.filter((event) => event.type === type).length >= times,
        { deadlineMs: 10_000, detail: () => JSON.stringify(events) },
      );
    return { shop, events, seen };
  }

  it('comes back as another process after kill -9', async () => {
    const { shop, events, seen } = supervise([LEAVES_IN_ORDER]);
    await shop.start();
    const first = shop.process?.pid;
    expect(await shop.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    await seen('up', 2);
    expect(shop.process?.pid).not.toBe(first);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'died', pid: first, restartInMs: 200 }),
    );
  });

  it('comes back too when it ends by itself', async () => {
    const quits = `${READY}setTimeout(() => process.exit(0), 50);`;
    const { shop, seen } = supervise([quits, LEAVES_IN_ORDER]);
    await shop.start();
    await seen('up', 2);
  });

  it('leaves for good when it is stopped, and reports how', async () => {
    const { shop, events } = supervise([LEAVES_IN_ORDER]);
    await shop.start();
    expect(await shop.stop()).toEqual({ code: 0, signal: null });
    expect(events.map((event) => event.type)).toEqual(['up', 'left']);
    expect(shop.url).toBeNull();
    expect(shop.wanted).toBe(false);
  });

  it('is not started again when it is stopped between two lives', async () => {
    const { shop, events, seen } = supervise([LEAVES_IN_ORDER]);
    await shop.start();
    await shop.kill();
    await seen('died');
    expect(await shop.stop()).toBeNull();
    expect(events.filter((event) => event.type === 'up')).toHaveLength(1);
    expect(shop.process?.running).toBe(false);
  });

  it('fails to start with what the process said, and leaves nothing behind', async () => {
    const { shop } = supervise(["console.error('no secret'); process.exit(1);"]);
    await expect(shop.start()).rejects.toThrow(/no secret/);
    expect(shop.process?.running).toBe(false);
    expect(shop.wanted).toBe(false);
  });

  it('waits longer and longer with one that dies at once', async () => {
    const { shop, events, seen } = supervise([`${READY}process.exitCode = 1;`]);
    await shop.start();
    await seen('died', 3);
    const delays = events.flatMap((event) => (event.type === 'died' ? [event.restartInMs] : []));
    expect(delays.slice(0, 3)).toEqual([200, 400, 800]);
  });

  it('stays down where restarting is switched off', async () => {
    const { shop, events, seen } = supervise([LEAVES_IN_ORDER], false);
    await shop.start();
    await shop.kill();
    await seen('died');
    expect(events.at(-1)).toMatchObject({ type: 'died', restartInMs: null });
  });
});
