import { environmentName, type Field } from './field.js';
import type { Environment } from './read-config.js';
import { SCHEMA } from './schema.js';
import { isServiceName } from './service-variables.js';

const OURS = 'BALANCER_';

/**
 * Variables that look like ours and are none: what they were to change would stay as it is, and
 * nobody would be told.
 */
export function unknownVariables(environment: Environment): string[] {
  const known = new Set(['BALANCER_CONFIG']);
  for (const [key, part] of Object.entries(SCHEMA)) {
    const fields: [string[], Field<unknown>][] =
      part.kind === 'field'
        ? [[[key], part]]
        : Object.entries<Field<unknown>>(part.fields).map(([name, field]) => [[key, name], field]);
    for (const [path, { alias }] of fields) {
      known.add(environmentName(...path));
      if (alias !== undefined) known.add(alias);
    }
  }
  return Object.keys(environment)
    .filter((name) => name.startsWith(OURS) && environment[name] !== '')
    .filter((name) => !known.has(name) && !isServiceName(name))
    .sort();
}
