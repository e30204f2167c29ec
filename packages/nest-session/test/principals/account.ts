import { Controller, Get, HttpCode, HttpException, Param, Post } from '@nestjs/common';
import { Authenticated, Principal, Session } from '../../src/index.js';
import type { Browser } from '../support/browser.js';

/** Signs in and out, and says who is there. */
@Controller()
export class AccountController {
  @Post('login/:id')
  @HttpCode(200)
  async login(@Session() session: Session, @Param('id') id: string) {
    await session.login(id);
    return { ok: true };
  }

  /** What is behind the sign-in fails after it. */
  @Post('fail/:status/:id')
  async fail(
    @Session() session: Session,
    @Param('id') id: string,
    @Param('status') status: string,
  ) {
    await session.login(id);
    throw new HttpException('after the login', Number(status));
  }

  @Post('rotate')
  @HttpCode(200)
  async rotate(@Session() session: Session) {
    await session.rotate();
    return { ok: true };
  }

  @Post('logout')
  @HttpCode(204)
  async logout(@Session() session: Session) {
    await session.logout();
  }

  @Get('me')
  @Authenticated()
  me(@Principal() principal: Principal) {
    return principal;
  }
}

export async function isSignedIn(browser: Browser): Promise<boolean> {
  return (await browser.fetch('/me')).status === 200;
}

/** How many of these are signed in. */
export async function countSignedIn(browsers: readonly Browser[]): Promise<number> {
  return (await Promise.all(browsers.map(isSignedIn))).filter(Boolean).length;
}
