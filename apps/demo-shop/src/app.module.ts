import { type DynamicModule, Module } from '@nestjs/common';
import { SessionModule } from '@understudy/nest-session';
import { AccountsModule } from './accounts/accounts.module.js';
import { CartModule } from './cart/cart.module.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import { CheckoutModule } from './checkout/checkout.module.js';
import { ClusterModule } from './cluster/cluster.module.js';
import { sessionOptions } from './cluster/session-options.js';
import { DatabaseModule } from './database/database.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { PagesModule } from './pages/pages.module.js';
import { PreferencesModule } from './preferences/preferences.module.js';
import type { ShopSettings } from './settings.js';
import { SETTINGS } from './settings.token.js';

@Module({
  imports: [
    SessionModule.forRootAsync({ inject: [SETTINGS], useFactory: sessionOptions }),
    DatabaseModule,
    ClusterModule,
    PagesModule,
    CatalogueModule,
    CartModule,
    PreferencesModule,
    OrdersModule,
    AccountsModule,
    CheckoutModule,
  ],
  exports: [SETTINGS],
})
export class AppModule {}

/** The shop with the settings of this process. */
export function shopModule(settings: ShopSettings): DynamicModule {
  return {
    module: AppModule,
    // The settings are injected everywhere.
    global: true,
    providers: [{ provide: SETTINGS, useValue: settings }],
  };
}
