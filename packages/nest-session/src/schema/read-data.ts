import type { SessionDocument, SessionObject } from '@understudy/replication';
import type { NormalizedSchema } from '../options/schema.js';
import { checkValue } from '../session/check-value.js';
import { cloneValue, isPlainObject } from '../session/clone.js';

/** Where the version of the properties lies in the system area of a record. */
export const SCHEMA_VERSION_KEY = 'schemaVersion';

export type Reading =
  /** Nothing is to be done. */
  | { readonly kind: 'fits' }
  | { readonly kind: 'migrated'; readonly from: number; readonly data: SessionObject }
  /** The schema threw, as one that asks a database which is away: nobody can say whether it fits. */
  | { readonly kind: 'undecided'; readonly error: unknown }
  /** `from` is the version it has; the reason never carries a value of the session. */
  | { readonly kind: 'unreadable'; readonly from: number; readonly reason: string };

/**
 * Reads the properties of a record by the application's schema. Those of a newer version are shown
 * as they are: while a deployment goes on, both versions of an application meet them. Never throws.
 */
export async function readData(
  rules: NonNullable<NormalizedSchema['schema']>,
  { data, system }: SessionDocument,
): Promise<Reading> {
  const stored = system[SCHEMA_VERSION_KEY];
  const from = typeof stored === 'number' ? stored : 1;
  if (from > rules.version) return { kind: 'fits' };
  let migrated: SessionObject;
  try {
    migrated = migrateData(rules, data, from);
  } catch (error) {
    return { kind: 'unreadable', from, reason: `it cannot be migrated (${nameOf(error)})` };
  }
  let reason: string | undefined;
  try {
    reason = await refusal(rules, migrated);
  } catch (error) {
    return { kind: 'undecided', error };
  }
  if (reason !== undefined) return { kind: 'unreadable', from, reason };
  return from === rules.version ? { kind: 'fits' } : { kind: 'migrated', from, data: migrated };
}

/** The message of an application's function may show what it was given. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'an exception';
}

function migrateData(
  { version, migrate }: NonNullable<NormalizedSchema['schema']>,
  data: SessionObject,
  from: number,
): SessionObject {
  let current: unknown = from === version ? data : cloneValue(data);
  for (let next = from + 1; next <= version; next++) {
    const migration = migrate.get(next);
    if (migration) current = migration(current as Record<string, unknown>);
    // Without any, a version only says what the schema is to be asked.
    else if (migrate.size > 0) throw new RangeError('older than the first migration');
  }
  if (!isPlainObject(current)) throw new TypeError('a migration returned no object');
  checkValue(current, ['data']);
  return current as SessionObject;
}

/** Names what does not fit, by its path and never by its value. */
async function refusal(
  { schema }: NonNullable<NormalizedSchema['schema']>,
  data: SessionObject,
): Promise<string | undefined> {
  if (!schema) return undefined;
  const { issues } = await schema['~standard'].validate(data);
  if (!issues) return undefined;
  const path = (issues[0]?.path ?? []).map((part) =>
    String(typeof part === 'object' && part !== null ? part.key : part),
  );
  return `its schema refuses ${path.length > 0 ? path.join('.') : 'it'}`;
}
