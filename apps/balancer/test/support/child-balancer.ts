import { staticDirectory } from '../../src/directory/static-directory.js';
import type { BalancerOptions } from '../../src/options.js';
import { startBalancer } from '../../src/start-balancer.js';

/** What a test can say to a balancer in a process of its own. */
export interface ChildBalancerOptions extends Pick<BalancerOptions, 'limits' | 'timeouts'> {
  readonly nodes: readonly { readonly label: string; readonly url: string }[];
}

const { nodes, ...options } = JSON.parse(process.env.OPTIONS ?? '{}') as ChildBalancerOptions;
const balancer = await startBalancer({
  ...options,
  directory: staticDirectory(nodes),
  port: 0,
  adminPort: 0,
  healthChecks: false,
});
console.log(`listening ${balancer.url}`);
