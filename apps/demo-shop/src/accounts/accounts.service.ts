import { Inject, Injectable } from '@nestjs/common';
import { HashQueue } from './hash-queue.js';
import { hashPassword, verifyPassword } from './password.js';
import { SignInAttempts } from './sign-in-attempts.js';
import { type User, UserStore } from './user-store.js';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export type Authentication =
  | { readonly status: 'right'; readonly user: User }
  | { readonly status: 'wrong'; readonly attemptsLeft: number };

/** Signs people in and registers them. Knows nothing of sessions. */
@Injectable()
export class AccountsService {
  readonly #hashes = new HashQueue();
  #strangerHash: Promise<string> | undefined;

  constructor(
    @Inject(UserStore) private readonly users: UserStore,
    private readonly attempts: SignInAttempts,
  ) {}

  /**
   * Looks at a password. An unknown name takes as long as a wrong password, so the answer does not
   * tell which accounts exist.
   *
   * @throws BusyError when too many sign-ins are waiting.
   * @throws QuotaExceededError when the address has used up its attempts for this name.
   */
  authenticate(credentials: Credentials, address: string): Promise<Authentication> {
    const username = normalizeUsername(credentials.username);
    // Attempts are taken inside the queue: a crowd signing in at once waits for its turn and is
    // not counted as a crowd of wrong passwords.
    return this.#hashes.run(async () => {
      await this.attempts.take(username, address);
      const user = await this.users.find(username);
      this.#strangerHash ??= hashPassword('nobody has this password');
      const stored = user?.passwordHash ?? (await this.#strangerHash);
      const isRight = await verifyPassword(credentials.password, stored);
      if (!isRight || user === undefined) {
        return { status: 'wrong', attemptsLeft: await this.attempts.left(username, address) };
      }
      await this.attempts.giveBack(username, address);
      return { status: 'right', user };
    });
  }

  /**
   * The new user; undefined when the name is taken.
   *
   * @throws BusyError when too many sign-ins are waiting.
   */
  async register(
    { username, password }: Credentials,
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
