#!/usr/bin/env node
import { busDirectory } from './directory/bus-directory.js';
import type { NodeDirectory } from './directory/node-directory.js';
import { staticDirectory } from './directory/static-directory.js';
import { readEnvironment, type Settings } from './environment.js';
import { BalancerError } from './errors.js';
import { DEFAULT_TIMEOUTS } from './limits.js';
import { startBalancer } from './start-balancer.js';

const LINGER_MS = 3_000;

function openDirectory(nodes: Settings['nodes']): Promise<NodeDirectory> {
  if (nodes.from === 'list') return Promise.resolve(staticDirectory(nodes.list));
  const { from: _, ...bus } = nodes;
  return busDirectory({ ...bus, onWaiting: (detail) => console.error(detail) });
}

async function main(): Promise<void> {
  const settings = readEnvironment(process.env);
  // Before anything is waited for: Ctrl-C may come at any time.
  if (settings.ignoreSigint) process.on('SIGINT', () => {});
  const { host, port, adminHost, adminPort, assignment, firstByteMs } = settings;
  const directory = await openDirectory(settings.nodes);
  const balancer = await startBalancer({
    directory,
    host,
    port,
    adminHost,
    adminPort,
    assignment,
    ...(firstByteMs === undefined ? {} : { timeouts: { firstByteMs } }),
  });
  let stopping = false;
  const stop = (): void => {
    // A second signal means that whoever sends it does not want to wait.
    if (stopping) process.exit(1);
    stopping = true;
    // A bus that is gone may keep its client from closing.
    setTimeout(() => process.exit(0), DEFAULT_TIMEOUTS.stopMs + LINGER_MS);
    void balancer.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  if (!settings.ignoreSigint) process.on('SIGINT', stop);
  console.log(`balancer listening on ${balancer.url}, admin ${balancer.adminUrl}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof BalancerError ? `balancer: ${error.message}` : error);
  process.exit(1);
});
