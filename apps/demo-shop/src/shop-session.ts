import type { WizardBag } from '@understudy/nest-session';
import type { Cart } from './cart/cart.js';
import type { Preferences } from './preferences/preferences.js';

/** What the shop keeps in a session. Every key is small and changed on its own. */
export interface ShopSessionData {
  cart?: Cart;
  preferences?: Partial<Preferences>;
  /** Random name of a browser that orders without an account; see `orders/customer.ts`. */
  visitor?: string;
  /** Ids of orders whose items have left the basket, newest last. */
  settledOrders?: string[];
  /** Checkouts under way and the outcomes of finished ones. */
  wizards?: WizardBag;
}
