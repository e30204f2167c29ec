import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { Authenticated, Principal, Roles, Session } from '../../src/index.js';

export interface ShopData {
  cart?: { items: string[] };
  visits?: number;
  [key: string]: unknown;
}

/** A promise that tests resolve: how a request is held where it is. */
export class Gate {
  readonly #waiting = new Map<string, { arrive: () => void; leave: Promise<void> }>();
  readonly #release = new Map<string, () => void>();

  /** Makes the next request that asks for `name` wait; resolves when it has come. */
  hold(name: string): Promise<void> {
    return new Promise((arrive) => {
      const leave = new Promise<void>((resolve) => this.#release.set(name, resolve));
      this.#waiting.set(name, { arrive, leave });
    });
  }

  release(name: string): void {
    this.#release.get(name)?.();
  }

  async pass(name: string): Promise<void> {
    const held = this.#waiting.get(name);
    this.#waiting.delete(name);
    held?.arrive();
    await held?.leave;
  }
}

/** A small shop that does to its session what applications do. `gate` holds requests on demand. */
export function shopController(gate = new Gate()) {
  @Controller()
  class ShopController {
    @Get('cart')
    cart(@Session() session: Session<ShopData>) {
      return { items: session.cart?.items ?? [], visits: session.visits ?? 0 };
    }

    @Post('cart/:item')
    @HttpCode(200)
    async add(@Session() session: Session<ShopData>, @Param('item') item: string) {
      session.cart ??= { items: [] };
      session.cart.items.push(item);
      await gate.pass(item);
      return { items: session.cart.items };
    }

    /** Sets one property, waiting in between when a test asks for it. */
    @Put('keys/:key')
    async set(
      @Session() session: Session<ShopData>,
      @Param('key') key: string,
      @Body() body: { value: unknown },
    ) {
      session[key] = body.value;
      await gate.pass(key);
      return { ok: true };
    }

    @Get('keys')
    keys(@Session() session: Session<ShopData>) {
      return { ...session };
    }

    @Post('login')
    @HttpCode(200)
    async login(
      @Session() session: Session<ShopData>,
      @Body() body: { id: string; roles: string[] },
    ) {
      await session.login({ id: body.id, roles: body.roles ?? [] });
      return { principal: session.principal };
    }

    @Post('logout')
    @HttpCode(204)
    async logout(@Session() session: Session<ShopData>) {
      await gate.pass('logout');
      await session.logout();
    }

    @Get('me')
    @Authenticated()
    me(@Principal() principal: Principal) {
      return principal;
    }

    /** Reads the principal, waits, and says who it was: an authenticated request in flight. */
    @Get('slow-me')
    @Authenticated()
    async slowMe(@Principal() principal: Principal) {
      await gate.pass('slow-me');
      return principal;
    }

    @Get('admin')
    @Roles('admin', 'owner')
    admin() {
      return { secret: 42 };
    }
  }
  return ShopController;
}
