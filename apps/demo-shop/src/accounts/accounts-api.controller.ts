import { Controller, HttpCode, Inject, Ip, Post } from '@nestjs/common';
import { type Principal, RateLimit, Session } from '@understudy/nest-session';
import type * as v from 'valibot';
import { ValidBody } from '../http/valid-body.js';
import { OrderStore } from '../orders/order-store.js';
import { ShopProblem } from '../problem.js';
import type { ShopSessionData } from '../shop-session.js';
import { RegisterSchema, SignInSchema } from './accounts.schema.js';
import { AccountsService } from './accounts.service.js';
import { beginSession } from './begin-session.js';
import { ADDRESS_RULE } from './sign-in-attempts.js';

interface SignedIn {
  readonly principal: Principal | null;
}

@Controller('api')
export class AccountsApiController {
  constructor(
    private readonly accounts: AccountsService,
    @Inject(OrderStore) private readonly orders: OrderStore,
  ) {}

  @Post('login')
  @HttpCode(200)
  @RateLimit(ADDRESS_RULE)
  async login(
    @ValidBody(SignInSchema) body: v.InferOutput<typeof SignInSchema>,
    @Ip() address: string,
    @Session() session: Session<ShopSessionData>,
  ): Promise<SignedIn> {
    const result = await this.accounts.authenticate(body, address);
    if (result.status === 'wrong') {
      const { attemptsLeft } = result;
      throw new ShopProblem('sign-in-refused', 'Username or password is wrong.', {
        extensions: { attemptsLeft },
      });
    }
    await beginSession(session, result.user, this.orders);
    return { principal: session.principal };
  }

  @Post('register')
  @RateLimit(ADDRESS_RULE)
  async register(
    @ValidBody(RegisterSchema) body: v.InferOutput<typeof RegisterSchema>,
    @Session() session: Session<ShopSessionData>,
  ): Promise<SignedIn> {
    const user = await this.accounts.register(body);
    if (user === undefined) throw new ShopProblem('username-taken', 'Choose another name.');
    await beginSession(session, user, this.orders);
    return { principal: session.principal };
  }

  @Post('logout')
  @HttpCode(204)
  async logout(@Session() session: Session<ShopSessionData>): Promise<void> {
    await session.logout();
  }
}
