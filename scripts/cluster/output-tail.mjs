// @ts-check
import { OUTPUT_LINE_CHARACTERS, OUTPUT_LINES } from './limits.mjs';

/**
 * The last lines of what a process printed. Lines are also handed to listeners as they come.
 * Bounded in lines and in characters per line.
 */
export class OutputTail {
  /** @type {string[]} */ #lines = [];
  /** @type {Set<(line: string) => void>} */ #listeners = new Set();
  #maxLines;
  #maxCharacters;

  /** @param {{ maxLines?: number, maxCharacters?: number }} [limits] */
  constructor({ maxLines = OUTPUT_LINES, maxCharacters = OUTPUT_LINE_CHARACTERS } = {}) {
    this.#maxLines = maxLines;
    this.#maxCharacters = maxCharacters;
  }

  /**
   * Reads one stream to its end. stdout and stderr of a process may share one tail; each stream
   * keeps its own unfinished line, so that they never mix within a line.
   *
   * @param {import('node:stream').Readable} stream
   */
  read(stream) {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (/** @type {string} */ text) => {
      const parts = (rest + text).split('\n');
      rest = (parts.pop() ?? '').slice(0, this.#maxCharacters);
      for (const line of parts) this.#add(line);
    });
    stream.on('end', () => rest && this.#add(rest));
    // A pipe that breaks with its process is no news: the exit is.
    stream.on('error', () => undefined);
  }

  /**
   * @param {(line: string) => void} listener  Also gets the lines kept so far.
   * @returns {() => void} Stops listening.
   */
  listen(listener) {
    for (const line of this.#lines) listener(line);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param {number} [count] */
  last(count = this.#maxLines) {
    return this.#lines.slice(-count);
  }

  /** @param {string} raw */
  #add(raw) {
    const line = raw.replace(/\r$/, '').slice(0, this.#maxCharacters);
    this.#lines.push(line);
    if (this.#lines.length > this.#maxLines) this.#lines.shift();
    for (const listener of this.#listeners) listener(line);
  }
}
