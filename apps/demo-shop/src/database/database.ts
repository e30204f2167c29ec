import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Libsql from 'libsql';
import { DatabaseError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { SCHEMA } from './schema.js';

/** The one connection a shop process has. Queries are synchronous, so each must be tiny. */
export type Database = InstanceType<typeof Libsql>;

/**
 * Opens the file that all shop processes share and creates its tables. Write-ahead logging lets
 * the others read while one writes; a writer waits up to `databaseBusyTimeoutMs` for another.
 *
 * @throws DatabaseError when the file cannot be opened.
 */
export async function openDatabase(path: string): Promise<Database> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return openOnce(path);
    } catch (error) {
      // Switching a fresh file to WAL needs it exclusively and does not wait for its turn, so
      // nodes that start at the same moment meet here.
      if (!isBusy(error) || attempt >= LIMITS.maxOpenAttempts) {
        throw new DatabaseError(path, { cause: error });
      }
      await delay(attempt * 10);
    }
  }
}

function openOnce(path: string): Database {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = new Libsql(path, { timeout: LIMITS.databaseBusyTimeoutMs });
  try {
    database.pragma('journal_mode = WAL');
    // An order must survive the machine, not only the process.
    database.pragma('synchronous = FULL');
    for (const statement of SCHEMA) database.exec(statement);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^SQLITE_(BUSY|LOCKED)/.test(code);
}
