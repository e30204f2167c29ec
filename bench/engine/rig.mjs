// @ts-check
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { startBus } from '../../scripts/cluster/bus.mjs';
import { NodeProcess } from './node-process.mjs';

/** Linux counts the processor time of another process in hundredths of a second. */
const TICK_US = 10_000;
const POLL_MS = 20;

/** A real bus and nodes on it, every one a process of its own on loopback. */
export class Rig {
  /** @type {NodeProcess[]} */
  #nodes = [];
  #bus;

  static async start() {
    return new Rig(await startBus({ directory: tmpdir(), kind: 'nats' }));
  }

  /** @param {import('../../scripts/cluster/bus.mjs').Bus} bus */
  constructor(bus) {
    this.#bus = bus;
  }

  get busPid() {
    return this.#bus.process?.pid ?? -1;
  }

  /**
   * @param {string} cluster
   * @param {string} id
   * @param {{ backups?: number, execArgv?: readonly string[] }} [options]
   */
  async node(cluster, id, options = {}) {
    const node = await NodeProcess.start({ servers: this.#bus.url, cluster, id, ...options });
    this.#nodes.push(node);
    return node;
  }

  /**
   * @param {readonly NodeProcess[]} nodes
   * @returns {Promise<void>} Resolves when each of them counts all of them as active.
   */
  async settled(nodes) {
    for (const node of nodes) {
      while (/** @type {number} */ (await node.call('activeMembers')) !== nodes.length) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
  }

  async stop() {
    await Promise.all(this.#nodes.map((node) => node.stop()));
    await this.#bus.stop();
  }
}

/**
 * @param {(rig: Rig) => Promise<void>} run
 * @returns {Promise<void>} Nothing it started outlives it.
 */
export async function withRig(run) {
  const rig = await Rig.start();
  try {
    await run(rig);
  } finally {
    await rig.stop();
  }
}

/**
 * @param {number} pid
 * @returns {number} Processor time of that process in µs; NaN where there is no /proc.
 */
export function processorUs(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in brackets, may contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_US;
  } catch {
    return Number.NaN;
  }
}
