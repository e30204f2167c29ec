import { Inject, Injectable } from '@nestjs/common';
import type { Session } from '@understudy/nest-session';
import { priceCart } from '../cart/cart.js';
import { SessionPlaces } from '../cluster/session-places.js';
import { effectivePreferences } from '../preferences/preferences.js';
import type { ShopSettings } from '../settings.js';
import { SETTINGS } from '../settings.token.js';
import type { ShopSessionData } from '../shop-session.js';
import type { PageContext } from './page-context.js';

/** What the shop reads of a request, whichever framework made it. */
export interface ShopRequest {
  readonly url: string;
  readonly originalUrl?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Missing when the session layer refused the request before it got one. */
  readonly session?: Session<ShopSessionData> | undefined;
}

/** Makes the context of a page from the request it answers. */
@Injectable()
export class PageContexts {
  constructor(
    @Inject(SETTINGS) private readonly settings: ShopSettings,
    private readonly places: SessionPlaces,
  ) {}

  of(request: ShopRequest): PageContext {
    const seen = readSession(request.session);
    const place = this.places.of(request);
    return {
      path: request.originalUrl ?? request.url,
      preferences: effectivePreferences(seen.data.preferences),
      cartQuantity: priceCart(seen.data.cart, 'EUR').quantity,
      username: seen.username,
      csrfToken: () => request.session?.csrfToken ?? '',
      dock: {
        node: this.settings.nodeId,
        pid: process.pid,
        owner: place?.owner,
        backups: place?.backups ?? [],
        revision: place?.revision,
      },
    };
  }
}

/** An error page must come out even when its session has ended and cannot be read any more. */
function readSession(session: Session<ShopSessionData> | undefined): {
  readonly data: Pick<ShopSessionData, 'cart' | 'preferences'>;
  readonly username: string | undefined;
} {
  try {
    return {
      data: { cart: session?.cart, preferences: session?.preferences },
      username: session?.principal?.id,
    };
  } catch {
    return { data: {}, username: undefined };
  }
}
