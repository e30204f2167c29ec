import { Body, Controller, Get, Inject, Ip, Post, Query, UseInterceptors } from '@nestjs/common';
import { Authenticated, Principal, RateLimit, Session } from '@understudy/nest-session';
import * as v from 'valibot';
import { formFields } from '../http/form-fields.js';
import { toIssues } from '../http/issues.js';
import { OrderStore } from '../orders/order-store.js';
import { localPath } from '../pages/local-path.js';
import { PageInterceptor } from '../pages/page.interceptor.js';
import { type Page, page, type Reply, type SeeOther, seeOther } from '../pages/page.js';
import type { ShopSessionData } from '../shop-session.js';
import { accountPage, type CredentialsForm, registerPage, signInPage } from './accounts.pages.js';
import { RegisterSchema, SignInSchema } from './accounts.schema.js';
import { AccountsService } from './accounts.service.js';
import { beginSession } from './begin-session.js';
import { ADDRESS_RULE } from './sign-in-attempts.js';

@Controller()
@UseInterceptors(PageInterceptor)
export class AccountsController {
  constructor(
    private readonly accounts: AccountsService,
    @Inject(OrderStore) private readonly orders: OrderStore,
  ) {}

  @Get('sign-in')
  signInForm(@Query('next') next: unknown): Page {
    return showSignIn({ next: localPath(next, '/account'), issues: [] }, 200);
  }

  @Post('sign-in')
  @RateLimit(ADDRESS_RULE)
  async signIn(
    @Body() body: unknown,
    @Ip() address: string,
    @Session() session: Session<ShopSessionData>,
  ): Promise<Reply> {
    const fields = formFields(body);
    const next = localPath(fields.next, '/account');
    const { username } = fields;
    const input = v.safeParse(SignInSchema, fields);
    if (!input.success) {
      return showSignIn({ next, username, issues: toIssues(input.issues) }, 422);
    }
    const result = await this.accounts.authenticate(input.output, address);
    if (result.status === 'wrong') {
      const issues = [{ path: 'username', message: 'Username or password is wrong' }];
      return showSignIn({ next, username, issues, attemptsLeft: result.attemptsLeft }, 401);
    }
    await beginSession(session, result.user, this.orders);
    return seeOther(next);
  }

  @Get('register')
  registerForm(@Query('next') next: unknown): Page {
    return showRegister({ next: localPath(next, '/account'), issues: [] }, 200);
  }

  @Post('register')
  @RateLimit(ADDRESS_RULE)
  async register(
    @Body() body: unknown,
    @Session() session: Session<ShopSessionData>,
  ): Promise<Reply> {
    const fields = formFields(body);
    const next = localPath(fields.next, '/account');
    const { username } = fields;
    const input = v.safeParse(RegisterSchema, fields);
    if (!input.success) {
      return showRegister({ next, username, issues: toIssues(input.issues) }, 422);
    }
    const user = await this.accounts.register(input.output);
    if (user === undefined) {
      const issues = [{ path: 'username', message: 'This name is taken; choose another' }];
      return showRegister({ next, username, issues }, 409);
    }
    await beginSession(session, user, this.orders);
    return seeOther(next);
  }

  @Post('sign-out')
  async signOut(@Session() session: Session<ShopSessionData>): Promise<SeeOther> {
    await session.logout();
    return seeOther('/');
  }

  @Get('account')
  @Authenticated()
  account(@Principal() principal: Principal): Page {
    return page('Your account', (context) => accountPage(context, principal.roles));
  }
}

function showSignIn(form: CredentialsForm, status: number): Page {
  return page(titled('Sign in', form), (context) => signInPage(context, form), { status });
}

function showRegister(form: CredentialsForm, status: number): Page {
  return page(titled('Create an account', form), (context) => registerPage(context, form), {
    status,
  });
}

/** Who hears the title of a page first learns that something is wrong with it. */
function titled(title: string, { issues }: CredentialsForm): string {
  return issues.length > 0 ? `Problem: ${title}` : title;
}
