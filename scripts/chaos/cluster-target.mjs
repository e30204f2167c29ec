// @ts-check
import { readCluster, requestDrain } from '../cluster/admin.mjs';
import { sleep, waitFor } from '../cluster/wait-for.mjs';
import { allProtected } from './all-protected.mjs';
import { freezeMs } from './freeze.mjs';
import { CALM_DEADLINE_MS } from './limits.mjs';

/** How often nodes are asked whether they are ready, and sessions for their copies. */
const ASK_EVERY_MS = 250;

/**
 * Sooner nobody is asked: a new process needs longer to be up, and what answers are made of would take the
 * processors from the takeovers that are measured.
 */
const ASK_FIRST_MS = 500;

/**
 * The running system as something whose nodes can be ended one at a time.
 *
 * @param {object} plan
 * @param {import('../cluster/system.mjs').System} plan.system
 * @param {() => readonly import('./all-protected.mjs').Guarded[]} plan.sessions  All that must have copies.
 * @param {import('./options.mjs').ChaosOptions['signal']} plan.signal
 * @param {() => number} plan.random
 * @returns {import('./strike.mjs').Target}
 */
export function clusterTarget({ system, sessions, signal, random }) {
  return {
    nodes: () => system.shops.map((shop) => shop.id),
    async strike(id) {
      const shop = system.shop(id);
      if (signal === 'SIGSTOP') {
        shop.process?.signal('SIGSTOP');
        await sleep(freezeMs(random));
        shop.process?.signal('SIGCONT');
        return null;
      }
      if (signal === 'SIGTERM') return leaveInOrder(shop);
      await shop.kill();
      return null;
    },
    async complete() {
      await sleep(ASK_FIRST_MS);
      await system.settled(CALM_DEADLINE_MS, ASK_EVERY_MS);
    },
    protected: () =>
      allProtected({
        sessions,
        activeNodes: async () => {
          const { nodes } = await readCluster(system.adminUrl, system.adminToken);
          const active = nodes.filter((node) => node.state === 'active');
          return new Set(active.map((node) => node.label));
        },
        deadlineMs: CALM_DEADLINE_MS,
        everyMs: ASK_EVERY_MS,
      }),
  };
}

/**
 * The running system as something whose nodes are replaced as an operator would: told to drain, then
 * stopped.
 *
 * @param {Pick<Parameters<typeof clusterTarget>[0], 'system' | 'sessions' | 'random'>} plan
 * @returns {import('./roll.mjs').RollTarget}
 */
export function rollTarget(plan) {
  const { system } = plan;
  const { adminUrl, adminToken } = system;
  const { nodes, complete, protected: isProtected } = clusterTarget({ ...plan, signal: 'SIGTERM' });
  return {
    nodes,
    complete,
    protected: isProtected,
    async drain(id) {
      await requestDrain(adminUrl, id, adminToken);
      /** @type {unknown} */
      let last;
      await waitFor(
        `${id} to hand over its sessions`,
        async () => {
          const { nodes: views } = await readCluster(adminUrl, adminToken);
          last = views.map(({ label, state, sessionsOwned }) => ({ label, state, sessionsOwned }));
          const node = views.find((view) => view.id === id);
          return node?.state === 'draining' && node.sessionsOwned === 0;
        },
        {
          deadlineMs: CALM_DEADLINE_MS,
          detail: () => `The balancer said last: ${JSON.stringify(last)}`,
        },
      );
    },
    replace: (id) => leaveInOrder(system.shop(id)),
  };
}

/**
 * @param {import('../cluster/supervised-shop.mjs').SupervisedShop} shop
 * @returns {Promise<string | null>} What was wrong with its end, or null.
 */
async function leaveInOrder(shop) {
  const exit = await shop.replace();
  if (exit?.code === 0) return null;
  const said = shop.process?.output.last(10).join('\n  ');
  return `${shop.id} did not leave in order (${exit?.signal ?? `code ${exit?.code}`}):\n  ${said}`;
}

/**
 * All nodes as one, with a tier behind them.
 *
 * @param {Parameters<typeof clusterTarget>[0]} plan
 * @returns {import('./strike.mjs').Target}
 */
export function everyNodeTarget(plan) {
  const { shops } = plan.system;
  return {
    ...clusterTarget(plan),
    nodes: () => ['every node'],
    async strike() {
      await Promise.all(shops.map((shop) => shop.kill()));
      return null;
    },
  };
}
