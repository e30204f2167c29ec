// @ts-check
import { ManagedProcess } from './managed-process.mjs';
import { PROGRAMS, ROOT } from './paths.mjs';

/**
 * What all processes of one cluster must agree on.
 *
 * @typedef {object} ClusterIdentity
 * @property {string} busUrl
 * @property {string} clusterName
 * @property {string} secret  Signs the cookies. Passed in the environment, never on a command line.
 */

/** Nothing the launcher starts listens to the network. */
export const HOST = '127.0.0.1';

// Node opens a new port for every life of a shop: the cluster learns it with the membership, and no
// two processes can race for the same one.
const ANY_PORT = '0';

/**
 * Room for what is allocated between two collections of the young generation (16 MB by default). A
 * commit leaves a few kB behind; with more room most of that is dead before anybody copies it.
 * Measured by `npm run bench:engine -- --case throughput`.
 */
export const YOUNG_GENERATION_FLAG = '--max-semi-space-size=64';

/** What the balancer prints when it answers requests: where, and where its admin API is. */
export const BALANCER_READY_LINE = /listening on (https?:\/\/[^\s,]+), admin (https?:\/\/[^\s,]+)/;

/** What a shop prints when it answers requests, and where. */
export const SHOP_READY_LINE = /listening on (https?:\/\/[^\s,]+)/;

/**
 * @param {ClusterIdentity} identity
 * @param {{ id: string, database: string, adapter: 'express' | 'fastify',
 *   env: Readonly<Record<string, string>> }} shop
 * @returns {ManagedProcess}
 */
export function launchShop(identity, { id, database, adapter, env }) {
  return new ManagedProcess({
    name: id,
    command: process.execPath,
    args: ['--enable-source-maps', YOUNG_GENERATION_FLAG, PROGRAMS.shop],
    cwd: ROOT,
    env: {
      ...common(identity),
      HOST,
      PORT: ANY_PORT,
      NODE_ID: id,
      UNDERSTUDY_SECRET: identity.secret,
      SHOP_DATABASE: database,
      SHOP_ADAPTER: adapter,
      ...env,
    },
  });
}

/**
 * @param {ClusterIdentity} identity
 * @param {{ port: number, adminPort: number, assignment: 'sticky' | 'round-robin',
 *   env: Readonly<Record<string, string>> }} balancer
 * @returns {ManagedProcess}
 */
export function launchBalancer(identity, { port, adminPort, assignment, env }) {
  return new ManagedProcess({
    name: 'balancer',
    command: process.execPath,
    args: ['--enable-source-maps', PROGRAMS.balancer],
    cwd: ROOT,
    env: {
      ...common(identity),
      HOST,
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
      BALANCER_ASSIGNMENT: assignment,
      ...env,
    },
  });
}

/** @param {ClusterIdentity} identity */
function common({ busUrl, clusterName }) {
  return {
    NODE_ENV: 'development',
    UNDERSTUDY_BUS: busUrl,
    UNDERSTUDY_CLUSTER: clusterName,
    // Ctrl-C reaches every process of the terminal; the launcher drains them in its own order.
    UNDERSTUDY_IGNORE_SIGINT: '1',
  };
}
