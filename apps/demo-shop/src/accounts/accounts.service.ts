import { Inject, Injectable } from '@nestjs/common';
import { HashQueue } from './hash-queue.js';
import { hashPassword, verifyPassword } from './password.js';
import { type User, UserStore } from './user-store.js';

/** Signs people in and registers them. Knows nothing of sessions. */
@Injectable()
export class AccountsService {
  readonly #hashes = new HashQueue();
  #strangerHash: Promise<string> | undefined;

  constructor(@Inject(UserStore) private readonly users: UserStore) {}

  /**
   * The user, when the password is right. An unknown name takes as long as a wrong password, so
   * the answer does not tell which accounts exist.
   *
   * @throws BusyError when too many sign-ins are waiting.
   */
  async authenticate(username: string, password: string): Promise<User | undefined> {
    const user = await this.users.find(normalizeUsername(username));
    this.#strangerHash ??= hashPassword('nobody has this password');
    const stored = user?.passwordHash ?? (await this.#strangerHash);
    const isRight = await this.#hashes.run(() => verifyPassword(password, stored));
    return isRight ? user : undefined;
  }

  /**
   * The new user; undefined when the name is taken.
   *
   * @throws BusyError when too many sign-ins are waiting.
   */
  async register(
    username: string,
    password: string,
    roles: readonly string[] = ['customer'],
  ): Promise<User | undefined> {
    const passwordHash = await this.#hashes.run(() => hashPassword(password));
    const user: User = { username: normalizeUsername(username), passwordHash, roles };
    return (await this.users.add(user, Date.now())) ? user : undefined;
  }
}

/** Upper and lower case are the same account. */
export function normalizeUsername(username: string): string {
  return username.trim().toLowerCase();
}
