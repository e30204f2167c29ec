// @ts-check
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { findProgram } from '../../scripts/cluster/find-program.mjs';
import { ManagedProcess } from '../../scripts/cluster/managed-process.mjs';

const RETRY_MS = 20;
const ATTEMPTS = 250;

/** @returns {Promise<{ url: string, process: ManagedProcess }>} In memory only, on loopback. */
export async function startRedis() {
  const program = findProgram('redis-server');
  if (program === null) throw new Error('redis-server is neither on PATH nor in /usr/sbin');
  const port = await freePort();
  const child = new ManagedProcess({
    name: 'redis-server',
    command: program,
    args: ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
    ownGroup: true,
  });
  const url = `redis://127.0.0.1:${port}`;
  for (let attempt = 1; !(await answers(url)); attempt++) {
    if (attempt === ATTEMPTS) throw new Error('redis-server does not answer');
    await sleep(RETRY_MS);
  }
  return { url, process: child };
}

/** @param {string} url */
async function answers(url) {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
  probe.close();
  await once(probe, 'close');
  return port;
}
