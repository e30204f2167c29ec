import { environmentName, type Field } from './field.js';
import type { Environment } from './read-config.js';
import { SCHEMA } from './schema.js';

const OURS = 'BALANCER_';
/** Kubernetes sets these in each container where a Service is called `balancer`, or begins so. */
const OF_A_SERVICE = /_SERVICE_(?:HOST|PORT)(?:_|$)|_PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_|$)|$)/;

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
    .filter((name) => !known.has(name) && !OF_A_SERVICE.test(name))
    .sort();
}
