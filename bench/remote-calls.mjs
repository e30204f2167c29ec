// @ts-check

/** @typedef {{ call?: number, result?: never, error?: string }} Answer */

/** What a process that serves commands was asked for and has not answered yet. */
export class RemoteCalls {
  #child;
  #last = 0;
  /** @type {Map<number, { resolve: (value: never) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();

  /** @param {import('node:child_process').ChildProcess} child */
  constructor(child) {
    this.#child = child;
  }

  /**
   * @param {string} command
   * @param {object} [argument]
   * @returns {Promise<never>}
   */
  call(command, argument) {
    const call = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(call, { resolve, reject });
      this.#child.send({ call, command, argument });
    });
  }

  /**
   * @param {Answer} answer
   * @param {string} [from]  Who says so, for an error.
   */
  answered({ call, result, error }, from) {
    if (call === undefined) return;
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    if (error === undefined) waiting?.resolve(/** @type {never} */ (result));
    else waiting?.reject(new Error(from === undefined ? error : `${from}: ${error}`));
  }

  /** @param {Error} error  Nobody will answer any more. */
  fail(error) {
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}
