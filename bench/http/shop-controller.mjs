// @ts-check
import { Controller, Get, HttpCode, HttpException, Post, Req } from '@nestjs/common';

/**
 * @typedef {object} ShopSession
 * @property {string} id
 * @property {number} visits
 * @property {number} at  Whose it is: answers say it.
 * @property {{ name: string, locale: string }} user
 *
 * @typedef {{ session?: ShopSession & Record<string, unknown>, headers: Record<string, string> }} Request
 */

/** Of a property that no handler looks at. */
const PART_BYTES = 500;

/** The same handlers for every variant; those that need a session answer 500 without it. */
export class ShopController {
  plain() {
    return { ok: true };
  }

  /** What a write costs where there are no sessions. */
  post() {
    return { ok: true };
  }

  /**
   * @param {Request} request  Header `x-bytes`: how large the session becomes, as JSON; `x-at`: whose it is.
   */
  begin(request) {
    const session = sessionOf(request);
    session.visits = 0;
    session.at = Number(request.headers['x-at']);
    session.user = { name: 'Ada Lovelace', locale: 'en-GB' };
    const parts = Math.max(1, Math.round(Number(request.headers['x-bytes']) / PART_BYTES));
    for (let part = 0; part < parts; part++) session[`part${part}`] = partOf(part);
    return { key: session.id };
  }

  /** @param {Request} request */
  read(request) {
    const { visits, at, user } = sessionOf(request);
    if (!user) throw new HttpException('the session is gone', 500);
    return { visits, at, name: user.name };
  }

  /** @param {Request} request */
  write(request) {
    const session = sessionOf(request);
    if (!session.user) throw new HttpException('the session is gone', 500);
    session.visits += 1;
    return { visits: session.visits, at: session.at };
  }
}

/** What would be written with decorators, were this file compiled. */
const ROUTES = /** @type {const} */ ([
  ['plain', Get('plain'), undefined],
  ['post', Post('plain'), undefined],
  ['begin', Post('begin'), Req()],
  ['read', Get('read'), Req()],
  ['write', Post('write'), Req()],
]);

for (const [name, route, parameter] of ROUTES) {
  const { prototype } = ShopController;
  const descriptor = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(prototype, name)
  );
  parameter?.(prototype, name, 0);
  route(prototype, name, descriptor);
  HttpCode(200)(prototype, name, descriptor);
}
Controller()(ShopController);

/** @param {Request} request */
function sessionOf(request) {
  if (!request.session) throw new HttpException('there is no session', 500);
  return request.session;
}

/** @param {number} part */
function partOf(part) {
  return {
    title: 'A cup that keeps warm for an hour',
    at: part,
    text: 'x'.repeat(PART_BYTES - 80),
  };
}
