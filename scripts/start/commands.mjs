// @ts-check
import { explainError } from '../cluster/errors.mjs';

/**
 * @typedef {import('../cluster/system.mjs').System} System
 * @typedef {{ say: (line: string) => void, random: () => number }} Surroundings
 */

/**
 * What the keys do, apart from `q`.
 *
 * @param {System} system
 * @param {Surroundings} surroundings
 * @returns {Readonly<Record<string, () => Promise<void>>>}
 */
export function keyCommands(system, { say, random }) {
  const pickRunning = () => {
    const running = system.shops.filter((shop) => shop.url !== null && shop.wanted);
    return running[Math.floor(random() * running.length)];
  };
  return {
    k: async () => {
      const victim = pickRunning();
      if (!victim) return say('No shop runs at the moment.');
      say(`kill -9 ${victim.id} (pid ${victim.process?.pid})`);
      await victim.kill();
    },
    d: async () => {
      const victim = pickRunning();
      if (!victim) return say('No shop runs at the moment.');
      if (system.shops.length === 1) return say(`${victim.id} is the last shop; it stays.`);
      say(`${victim.id} hands over its sessions and leaves …`);
      await system.removeShop(victim.id);
    },
    a: async () => {
      const shop = await system.addShop();
      say(`${shop.id} has joined (pid ${shop.process?.pid})`);
    },
  };
}

/**
 * @param {import('../cluster/system.mjs').SystemEvent} event
 * @returns {string} What a person at the terminal should read.
 */
export function describeEvent(event) {
  switch (event.type) {
    case 'died': {
      const next = event.restartInMs === null ? '' : '; it is started again';
      return `${event.id} died (${how(event.exit)})${next}`;
    }
    case 'up':
      return `${event.id} is up (pid ${event.pid})`;
    case 'start-failed':
      return `${event.id} did not start: ${explainError(event.error)}`;
    case 'left':
      return event.exit.code === 0
        ? `${event.id} has left`
        : `${event.id} did not leave in order (${how(event.exit)})`;
    case 'balancer-died':
      return `The balancer died (${how(event.exit)}).`;
    case 'bus-died':
      return `The bus died (${how(event.exit)}); the shops go on with the sessions they hold.`;
  }
}

/** @param {import('../cluster/managed-process.mjs').Exit} exit */
function how({ code, signal }) {
  return signal ?? `code ${code ?? 'unknown'}`;
}
