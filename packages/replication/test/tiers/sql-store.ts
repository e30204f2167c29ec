import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectSessionKnexStore } from 'connect-session-knex';
import { type Knex, knex } from 'knex';
import type { ExpressSessionStore } from '../../src/index.js';

const require = createRequire(import.meta.url);
const SqliteDialect = require('knex/lib/dialects/better-sqlite3/index.js') as typeof Knex.Client;

/** Knex speaks to libsql as to better-sqlite3, whose interface it has. */
class LibsqlDialect extends SqliteDialect {
  _driver(): unknown {
    return require('libsql');
  }
}

export interface SqlDatabase {
  /** A further express-session Store on the same database, with a connection of its own. */
  connect(): ExpressSessionStore;
  close(): Promise<void>;
}

/** A database in a file of its own, spoken to through a Store that people run in production. */
export async function createSqlDatabase(): Promise<SqlDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-tier-'));
  const connections: Knex[] = [];
  const connect = (): ConnectSessionKnexStore => {
    const connection = knex({
      client: LibsqlDialect,
      connection: { filename: join(folder, 'sessions.db') },
      useNullAsDefault: true,
    });
    connections.push(connection);
    return new ConnectSessionKnexStore({ knex: connection, cleanupInterval: 0 });
  };
  // The first one makes the table; two at once would both try.
  await connect().get('nobody', () => {});
  return {
    connect,
    async close() {
      await Promise.all(connections.map((connection) => connection.destroy()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
