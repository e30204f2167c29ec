import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, Cart, Shop } from '../../scripts/chaos/shopper.mjs';

/** How the toy treats one addition. */
export type Manners =
  | 'honest'
  /** Says yes and stores nothing. */
  | 'loses'
  /** Says yes and stores it twice. */
  | 'doubles'
  /** Stores it and says that it does not know. */
  | 'unknown-stored'
  /** Stores nothing and says that it does not know. */
  | 'unknown-dropped'
  /** Stores half of it and says that it does not know. */
  | 'unknown-halved'
  /** Stores nothing and says so. */
  | 'refuses'
  /** Stores it, and shows the cart as it was before. */
  | 'stale';

/** A shop in a few lines, whose faults are known; the checker must find each of them. */
export class ToyShop {
  #server: Server;
  #carts = new Map<string, Record<string, number>>();
  #requests = 0;

  constructor(readonly manners: (request: number) => Manners) {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://toy.invalid');
      const cart = this.#cart(url.searchParams.get('shopper') ?? '');
      const [status, body] =
        request.method === 'POST' ? this.#add(cart, url.searchParams) : [200, cart];
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<unknown> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  #cart(shopper: string): Record<string, number> {
    const cart = this.#carts.get(shopper) ?? {};
    this.#carts.set(shopper, cart);
    return cart;
  }

  #add(cart: Record<string, number>, query: URLSearchParams): [number, Cart] {
    const sku = query.get('sku') ?? '';
    const quantity = Number(query.get('quantity'));
    const manners = this.manners(this.#requests++);
    const before = { ...cart };
    const factor = { loses: 0, 'unknown-dropped': 0, refuses: 0, doubles: 2 }[manners as string];
    const stored = manners === 'unknown-halved' ? quantity / 2 : quantity * (factor ?? 1);
    cart[sku] = (cart[sku] ?? 0) + stored;
    if (manners.startsWith('unknown')) return [504, {}];
    if (manners === 'refuses') return [503, {}];
    return [200, manners === 'stale' ? before : { ...cart }];
  }
}

export function toyClient(baseUrl: string, name: string): Shop {
  return {
    async add(sku, quantity): Promise<Answer> {
      const query = new URLSearchParams({ shopper: name, sku, quantity: String(quantity) });
      const response = await fetch(`${baseUrl}/items?${query}`, { method: 'POST' });
      const cart = (await response.json()) as Cart;
      if (response.ok) return { ok: true, cart, attempts: 1 };
      const reason = `status ${response.status}`;
      return { ok: false, unknown: response.status === 504, reason, attempts: 1 };
    },
    async look(): Promise<Answer> {
      const response = await fetch(`${baseUrl}/items?${new URLSearchParams({ shopper: name })}`);
      return { ok: true, cart: (await response.json()) as Cart, attempts: 1 };
    },
    async readCarts() {
      const response = await fetch(`${baseUrl}/items?${new URLSearchParams({ shopper: name })}`);
      return [(await response.json()) as Cart];
    },
  };
}
