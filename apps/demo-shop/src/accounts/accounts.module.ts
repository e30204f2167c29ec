import { Module } from '@nestjs/common';
import type { Database } from '../database/database.js';
import { DATABASE } from '../database/database.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';
import { AccountsApiController } from './accounts-api.controller.js';
import { LibsqlUserStore } from './libsql-user-store.js';
import { SeedAccounts } from './seed-accounts.js';
import { SignInAttempts } from './sign-in-attempts.js';
import { UserStore } from './user-store.js';

@Module({
  imports: [OrdersModule],
  controllers: [AccountsController, AccountsApiController],
  providers: [
    {
      provide: UserStore,
      inject: [DATABASE],
      useFactory: (database: Database) => new LibsqlUserStore(database),
    },
    AccountsService,
    SeedAccounts,
    SignInAttempts,
  ],
})
export class AccountsModule {}
