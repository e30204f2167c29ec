import type { Environment } from '../config/read-config.js';
import { unknownVariables } from '../config/unknown-variables.js';

/** No reason not to start: the environment is shared with others. */
export function tellUnknownVariables(environment: Environment): void {
  for (const name of unknownVariables(environment)) {
    console.error(`balancer: ${name} is ignored: no key of the configuration has that variable`);
  }
}
