/** Stable codes of the shop's own errors. */
export type ShopErrorCode = 'ERR_SETTING' | 'ERR_DATABASE' | 'ERR_BUSY';

export abstract class ShopError extends Error {
  abstract readonly code: ShopErrorCode;
  override readonly name: string = this.constructor.name;
}

/** An environment variable holds something the shop cannot start with. */
export class SettingError extends ShopError {
  readonly code = 'ERR_SETTING';
  constructor(
    readonly variable: string,
    readonly value: string | undefined,
    readonly expected: string,
  ) {
    super(
      `${variable} is ${value === undefined ? 'not set' : JSON.stringify(value)}, expected ${expected}`,
    );
  }
}

/** The database could not be opened. */
export class DatabaseError extends ShopError {
  readonly code = 'ERR_DATABASE';
  constructor(
    readonly path: string,
    options: ErrorOptions,
  ) {
    super(`the database ${path} cannot be opened`, options);
  }
}

/** Too many password hashes are waiting; nothing was checked. */
export class BusyError extends ShopError {
  readonly code = 'ERR_BUSY';
  constructor(readonly waiting: number) {
    super(`${waiting} sign-ins are waiting already`);
  }
}
