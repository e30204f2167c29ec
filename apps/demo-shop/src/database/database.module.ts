import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { ShopSettings } from '../settings.js';
import { SETTINGS } from '../settings.token.js';
import { type Database, openDatabase } from './database.js';

/** Token of the process's database connection. */
export const DATABASE = Symbol('DATABASE');

@Global()
@Module({
  providers: [
    {
      provide: DATABASE,
      inject: [SETTINGS],
      useFactory: (settings: ShopSettings) => openDatabase(settings.databasePath),
    },
  ],
  exports: [DATABASE],
})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Last of all: requests still write orders while the node drains. */
  onApplicationShutdown(): void {
    this.database.close();
  }
}
