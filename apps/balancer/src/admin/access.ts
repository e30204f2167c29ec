import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a `Bearer` credential can be, and long enough that nobody guesses it. */
export const ADMIN_TOKEN_PATTERN = /^(?=.{16,512}$)[A-Za-z0-9._~+/-]+=*$/;

/** Whether only this machine can connect to the address; a name other than localhost may be any. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|(?:::ffff:)?127(?:\.\d{1,3}){3}|::1)$/i.test(host);
}

/** Knows the token of the admin port without keeping it. */
export class AdminToken {
  readonly #key = randomBytes(32);
  readonly #expected: Buffer;

  constructor(token: string) {
    this.#expected = this.#digest(token);
  }

  /** How long it takes tells nothing of the token: digests of one length are compared. */
  accepts(authorization: string | undefined): boolean {
    const [, token] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    return token !== undefined && timingSafeEqual(this.#digest(token), this.#expected);
  }

  #digest(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}
