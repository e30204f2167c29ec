import { SessionOptionError } from '../errors.js';
import type { StandardSchema } from '../wizard/standard-schema.js';
import type { OptionNames } from './option-names.js';

/** Makes the properties of one version from those of the one before. May change its argument. */
export type SessionMigration = (data: Record<string, unknown>) => Record<string, unknown>;

/** What the application's properties look like, and how older ones become so. */
export interface SessionSchemaOptions {
  /** From 1; sessions from before the option was set are 1. */
  readonly version: number;
  /**
   * Tells whether properties can be read: of zod, valibot, arktype or whatever speaks Standard
   * Schema. Asked at each request with a session; what it makes of the values is not used. Default:
   * everything can be read.
   */
  readonly schema?: StandardSchema | undefined;
  /**
   * By the version each leads to: `{ 2: (data) => …, 3: … }`. Without gaps up to `version`;
   * sessions older than the first are put aside as unreadable.
   */
  readonly migrate?: Readonly<Record<number, SessionMigration>> | undefined;
}

export const SCHEMA_OPTION_NAMES: OptionNames<SessionSchemaOptions> = {
  version: true,
  schema: true,
  migrate: true,
};

export interface NormalizedSchema {
  /** Undefined: properties have no version and are not looked at. */
  readonly schema:
    | {
        readonly version: number;
        readonly schema: StandardSchema | undefined;
        readonly migrate: ReadonlyMap<number, SessionMigration>;
      }
    | undefined;
}

export function normalizeSchema(options: SessionSchemaOptions | undefined): NormalizedSchema {
  if (options === undefined) return { schema: undefined };
  const { version, schema, migrate = {} } = options;
  if (!Number.isInteger(version) || version < 1) {
    throw new SessionOptionError('schema.version', version, 'a whole number from 1');
  }
  if (schema !== undefined && typeof schema?.['~standard']?.validate !== 'function') {
    throw new SessionOptionError('schema.schema', schema, 'a schema that speaks Standard Schema');
  }
  return { schema: { version, schema, migrate: checkMigrations(migrate, version) } };
}

function checkMigrations(
  migrate: Readonly<Record<number, SessionMigration>>,
  version: number,
): ReadonlyMap<number, SessionMigration> {
  if (typeof migrate !== 'object' || migrate === null || Array.isArray(migrate)) {
    const expected = 'an object with a function for each version it leads to';
    throw new SessionOptionError('schema.migrate', migrate, expected);
  }
  const checked = new Map<number, SessionMigration>();
  for (const [name, migration] of Object.entries(migrate)) {
    const leadsTo = Number(name);
    if (!Number.isInteger(leadsTo) || leadsTo < 2 || leadsTo > version) {
      const expected = `versions from 2 to ${version}, to which each leads`;
      throw new SessionOptionError('schema.migrate', name, expected);
    }
    if (typeof migration !== 'function') {
      throw new SessionOptionError(`schema.migrate.${name}`, migration, 'a function');
    }
    checked.set(leadsTo, migration);
  }
  for (let missing = Math.min(...checked.keys()); missing <= version; missing++) {
    if (checked.has(missing)) continue;
    throw new SessionOptionError('schema.migrate', missing, 'no gap up to schema.version');
  }
  return checked;
}
