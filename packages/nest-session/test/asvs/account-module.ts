import { type DynamicModule, Module } from '@nestjs/common';
import { SessionModule } from '../../src/index.js';
import { AccountController } from '../principals/account.js';

@Module({})
class AccountModule {}

/** An application with a sign-in; its options come with the cluster. */
export const accountModule = (): DynamicModule => ({
  module: AccountModule,
  imports: [SessionModule.forRoot()],
  controllers: [AccountController],
});
