import { HttpException } from '@nestjs/common';

/** Further members of a problem, such as what is wrong with which field. */
export interface ProblemOptions extends ErrorOptions {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** Problems the shop adds to those of the session module; `bad-request` means the same in both. */
export type ShopProblemName =
  | 'bad-request'
  | 'not-found'
  | 'cart-empty'
  | 'cart-limit'
  | 'sign-in-refused'
  | 'username-taken'
  | 'wizard-conflict'
  | 'wizard-refused'
  | 'checkout-rejected'
  | 'busy';

const KINDS: Readonly<Record<ShopProblemName, { status: number; title: string }>> = {
  'bad-request': { status: 400, title: 'The request is malformed' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'cart-empty': { status: 409, title: 'The basket is empty' },
  'cart-limit': { status: 422, title: 'That is too much for one basket' },
  'sign-in-refused': { status: 401, title: 'That did not work' },
  'username-taken': { status: 409, title: 'This name is taken' },
  'wizard-conflict': { status: 409, title: 'The form has moved on' },
  'wizard-refused': { status: 409, title: 'This step cannot be taken now' },
  'checkout-rejected': { status: 409, title: 'The order was not placed' },
  busy: { status: 503, title: 'Too many people are signing in' },
};

/** An error as clients see it (RFC 9457). */
export class ShopProblem extends HttpException {
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ShopProblemName,
    readonly detail: string,
    options: ProblemOptions = {},
  ) {
    const { status, title } = KINDS[code];
    const type = `urn:understudy:${code}`;
    super({ ...options.extensions, type, title, status, code, detail }, status, {
      cause: options.cause,
    });
    this.headers = options.headers ?? {};
  }
}
