import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { AccountsService } from './accounts.service.js';
import { UserStore } from './user-store.js';

/** Accounts that every demo has. Their passwords are public on purpose. */
export const SEED_ACCOUNTS = [
  { username: 'shopper', password: 'shopper-demo-1', roles: ['customer'] },
  { username: 'admin', password: 'admin-demo-1', roles: ['customer', 'admin'] },
] as const;

/** Adds the seed accounts on the first start; whichever node comes first does it. */
@Injectable()
export class SeedAccounts implements OnModuleInit {
  constructor(
    private readonly accounts: AccountsService,
    @Inject(UserStore) private readonly users: UserStore,
  ) {}

  async onModuleInit(): Promise<void> {
    for (const { username, password, roles } of SEED_ACCOUNTS) {
      if ((await this.users.find(username)) === undefined) {
        await this.accounts.register({ username, password }, roles);
      }
    }
  }
}
