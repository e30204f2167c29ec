import { Inject, Injectable } from '@nestjs/common';
import type { Session } from '@understudy/nest-session';
import { type Cart, priceCart } from '../cart/cart.js';
import { type SessionPlace, SessionPlaces } from '../cluster/session-places.js';
import { effectivePreferences, type Preferences } from '../preferences/preferences.js';
import type { ShopSettings } from '../settings.js';
import { SETTINGS } from '../settings.token.js';
import type { ShopSessionData } from '../shop-session.js';
import type { PageContext } from './page-context.js';

/** What the shop reads of a request, whichever framework made it. */
export interface ShopRequest {
  readonly url: string;
  readonly originalUrl?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Missing when the request was refused before the session layer saw it. */
  readonly session?: Session<ShopSessionData> | undefined;
}

/** Makes the context of a page from the request it answers. */
@Injectable()
export class PageContexts {
  constructor(
    @Inject(SETTINGS) private readonly settings: ShopSettings,
    private readonly places: SessionPlaces,
  ) {}

  /** For a page that shows where the session lives. */
  async of(request: ShopRequest): Promise<PageContext> {
    return this.#context(request, await this.places.of(request));
  }

  /** For a page that must come out whatever state the cluster is in. */
  withoutPlace(request: ShopRequest): PageContext {
    return this.#context(request, undefined);
  }

  #context(request: ShopRequest, place: SessionPlace | undefined): PageContext {
    const seen = readSession(request.session);
    return {
      path: request.originalUrl ?? request.url,
      preferences: effectivePreferences(seen.preferences),
      cartQuantity: priceCart(seen.cart, 'EUR').quantity,
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

interface Seen {
  readonly cart: Cart | undefined;
  readonly preferences: Partial<Preferences> | undefined;
  readonly username: string | undefined;
}

/** An error page must come out even when its session has ended and cannot be read any more. */
function readSession(session: Session<ShopSessionData> | undefined): Seen {
  try {
    return {
      cart: session?.cart,
      preferences: session?.preferences,
      username: session?.principal?.id,
    };
  } catch {
    return { cart: undefined, preferences: undefined, username: undefined };
  }
}
