import type { Database } from '../database/database.js';
import type { User, UserStore } from './user-store.js';

interface UserRow {
  readonly username: string;
  readonly password_hash: string;
  readonly roles: string;
}

/** Accounts in the SQLite file that all shop processes share. */
export class LibsqlUserStore implements UserStore {
  constructor(private readonly database: Database) {}

  async find(username: string): Promise<User | undefined> {
    const row = this.database
      .prepare('select username, password_hash, roles from users where username = ?')
      .get(username) as UserRow | undefined;
    if (row === undefined) return undefined;
    return {
      username: row.username,
      passwordHash: row.password_hash,
      roles: JSON.parse(row.roles),
    };
  }

  async add(user: User, nowMs: number): Promise<boolean> {
    const { changes } = this.database
      .prepare(
        `insert into users (username, password_hash, roles, created_at) values (?, ?, ?, ?)
         on conflict (username) do nothing`,
      )
      .run(user.username, user.passwordHash, JSON.stringify(user.roles), nowMs);
    return changes > 0;
  }
}
