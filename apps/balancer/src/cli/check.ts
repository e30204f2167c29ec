import { affinityFor } from '../config/sections/affinity.js';
import { describeMethod } from '../routing/affinity.js';
import type { CommandInput } from './command.js';
import { loadConfig } from './load-config.js';
import { tellUnknownVariables } from './tell-unknown.js';

/**
 * Says whether a start would accept the configuration; opens no port and no connection.
 *
 * @throws ConfigError when it would not.
 */
export async function check({ configPath, environment }: CommandInput): Promise<void> {
  tellUnknownVariables(environment);
  const { config, nodes } = await loadConfig(configPath, environment);
  const sources = [
    ...(config.bus.servers === undefined ? [] : ['the bus']),
    ...(nodes.length === 0 ? [] : [`a list of ${nodes.length}`]),
  ];
  console.log(`balancer: the configuration is sound; nodes come from ${sources.join(' and ')}`);
  const affinity = affinityFor(config.affinity, config.assignment).map(describeMethod);
  const methods = affinity.length === 0 ? 'nothing' : affinity.join(', then ');
  const assignment = config.assignment === 'sticky' ? 'p2c' : config.assignment;
  console.log(`balancer: requests return by ${methods}; others are spread by ${assignment}`);
}
