// @ts-check
import { sleep } from '../cluster/wait-for.mjs';
import { clusterTarget } from './cluster-target.mjs';
import { freezeMs } from './freeze.mjs';

/**
 * The bus as something whose servers are killed or frozen, one at a time. Calm is the same as after
 * the death of a node: everybody there, every session with its copies.
 *
 * @param {object} plan
 * @param {import('../cluster/system.mjs').System} plan.system
 * @param {readonly import('./own-bus.mjs').OwnServer[]} plan.servers
 * @param {() => readonly import('./all-protected.mjs').Guarded[]} plan.sessions
 * @param {import('./options.mjs').ChaosOptions['signal']} plan.signal
 * @param {() => number} plan.random
 * @returns {import('./strike.mjs').Target}
 */
export function busTarget({ system, servers, sessions, signal, random }) {
  const { complete, protected: isProtected } = clusterTarget({ system, sessions, signal, random });
  return {
    nodes: () => servers.map(({ name }) => name),
    async strike(name) {
      const server = servers.find((each) => each.name === name);
      if (signal === 'SIGSTOP') server?.freeze();
      else await server?.kill();
      await sleep(freezeMs(random));
      if (signal === 'SIGSTOP') server?.thaw();
      else await server?.start();
      return null;
    },
    complete,
    protected: isProtected,
  };
}
