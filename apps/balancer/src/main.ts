#!/usr/bin/env node
import type { NodeDirectory } from './directory/node-directory.js';
import { staticDirectory } from './directory/static-directory.js';
import { readEnvironment, type Settings } from './environment.js';
import { BalancerError, OptionError } from './errors.js';
import { startBalancer } from './start-balancer.js';

async function openDirectory(nodes: Settings['nodes']): Promise<NodeDirectory> {
  if (nodes.from === 'list') return staticDirectory(nodes.list);
  throw new OptionError('UNDERSTUDY_BUS', nodes.servers, 'to be absent: set BALANCER_NODES');
}

async function main(): Promise<void> {
  const settings = readEnvironment(process.env);
  const directory = await openDirectory(settings.nodes);
  const { host, port, adminHost, adminPort, assignment } = settings;
  const balancer = await startBalancer({
    directory,
    host,
    port,
    adminHost,
    adminPort,
    assignment,
  });
  const stop = (): void => {
    // A second signal means that whoever sent it does not want to wait.
    process.once('SIGTERM', () => process.exit(1));
    void balancer.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.on('SIGINT', settings.ignoreSigint ? () => {} : stop);
  console.log(`balancer listening on ${balancer.url}, admin ${balancer.adminUrl}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof BalancerError ? `balancer: ${error.message}` : error);
  process.exit(1);
});
