import type { CommandInput } from './command.js';
import { loadConfig } from './load-config.js';

/**
 * Says whether a start would accept the configuration; opens no port and no connection.
 *
 * @throws ConfigError when it would not.
 */
export async function check({ configPath, environment }: CommandInput): Promise<void> {
  const { config, nodes } = await loadConfig(configPath, environment);
  const sources = [
    ...(config.bus.servers === undefined ? [] : ['the bus']),
    ...(nodes.length === 0 ? [] : [`a list of ${nodes.length}`]),
  ];
  console.log(`balancer: the configuration is sound; nodes come from ${sources.join(' and ')}`);
}
