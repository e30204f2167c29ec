import { afterEach } from 'vitest';
import { type StaticDirectory, staticDirectory } from '../../src/directory/static-directory.js';
import type { BalancerOptions } from '../../src/options.js';
import { type Balancer, startBalancer } from '../../src/start-balancer.js';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Closes it after the test, whatever becomes of the test. */
export function closeAfterTest<T extends { close(): Promise<unknown> }>(thing: T): T {
  cleanups.push(() => thing.close());
  return thing;
}

export interface TestBalancer extends Balancer {
  readonly directory: StaticDirectory;
}

/** A balancer on free ports before the given nodes, without health checks unless asked for. */
export async function balance(
  nodes: readonly { readonly label: string; readonly url: string }[],
  options: Omit<BalancerOptions, 'directory'> = {},
): Promise<TestBalancer> {
  const directory = staticDirectory(nodes.map(({ label, url }) => ({ label, url })));
  const balancer = await startBalancer({
    directory,
    port: 0,
    adminPort: 0,
    healthChecks: false,
    ...options,
    timeouts: { stopMs: 200, ...options.timeouts },
  });
  cleanups.push(() => balancer.stop());
  return { ...balancer, directory };
}
