// @ts-check

/**
 * @typedef {'ERR_PROCESS_EXITED' | 'ERR_NOT_READY' | 'ERR_WAIT_DEADLINE' | 'ERR_PORT_TAKEN'
 *   | 'ERR_PORT_UNUSABLE' | 'ERR_BUS_UNREACHABLE' | 'ERR_PROGRAM_MISSING'
 *   | 'ERR_BUILD_FAILED' | 'ERR_NOT_BUILT' | 'ERR_NO_SUCH_NODE' | 'ERR_TOO_MANY_NODES'
 *   | 'ERR_OPTIONS'} LauncherErrorCode
 */

/** What goes wrong while the system is started, changed or stopped, with a stable `code`. */
export class LauncherError extends Error {
  /**
   * @param {LauncherErrorCode} code
   * @param {string} message
   * @param {Record<string, unknown> & { cause?: unknown }} [fields]  Kept on the error as they are.
   */
  constructor(code, message, fields = {}) {
    const { cause, ...rest } = fields;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'LauncherError';
    this.code = code;
    this.fields = rest;
  }
}

/**
 * The message without a stack for what a user can mend, everything for what is our fault.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function explainError(error) {
  if (error instanceof LauncherError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
