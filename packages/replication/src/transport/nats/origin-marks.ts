import { SubjectTree } from '../subject-tree.js';

/**
 * Decides which of our messages could come back to us. A broker with `noEcho` keeps them from the
 * connection they came from only: another lane of ours, or a connection opened without `noEcho`,
 * would receive them. Those few messages carry a mark, by which the receiving side drops them.
 */
export class OriginMarks<Connection> {
  readonly #own = new SubjectTree<{ readonly connection: Connection }>();

  constructor(
    readonly mark: string,
    private readonly echoes: (connection: Connection) => boolean,
  ) {}

  subscribed(pattern: string, connection: Connection): { ended(): void } {
    const entry = { connection };
    this.#own.add(pattern, entry);
    return { ended: () => this.#own.delete(pattern, entry) };
  }

  /** The mark for a message about to be published; undefined when it cannot come back. */
  markFor(subject: string, connection: Connection): string | undefined {
    for (const entry of this.#own.match(subject)) {
      if (entry.connection !== connection || this.echoes(connection)) return this.mark;
    }
    return undefined;
  }
}
