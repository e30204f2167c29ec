import type { Field } from '../config/field.js';
import { type Config, SCHEMA } from '../config/schema.js';

/** The keys that differ and cannot change while the balancer runs. */
export function restartNeeded(running: Config, wanted: Config): string[] {
  // Certificates change on a port that has TLS; whether it has is settled with the port.
  const hasTls = ({ tls }: Config): boolean => tls.certFile !== undefined;
  const switched = hasTls(running) === hasTls(wanted) ? [] : ['tls.certFile'];
  const fields = Object.entries(SCHEMA).flatMap(([key, part]) => {
    const [before, now] = [running[key as keyof Config], wanted[key as keyof Config]];
    if (part.kind === 'field') return differs(part, before, now) ? [key] : [];
    return Object.entries<Field<unknown>>(part.fields)
      .filter(([name, field]) => differs(field, keyOf(before, name), keyOf(now, name)))
      .map(([name]) => `${key}.${name}`);
  });
  return [...switched, ...fields];
}

function keyOf(group: unknown, name: string): unknown {
  return (group as Readonly<Record<string, unknown>>)[name];
}

function differs(field: Field<unknown>, before: unknown, now: unknown): boolean {
  return field.restart === true && JSON.stringify(before) !== JSON.stringify(now);
}
