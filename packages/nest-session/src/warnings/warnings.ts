/** What an application is warned of. Each kind has a bound of its own, so that none silences another. */
export type WarningKind =
  | 'cookies-forbidden'
  | 'insecure-cookies'
  | 'insecure-socket'
  | 'legacy-session'
  | 'message-not-judged'
  | 'outcome-without-body'
  | 'safe-method-write';

/** Subjects of one kind, such as routes: of further ones nobody is told, for clients may make them up. */
const MAX_SUBJECTS = 100;

/** Tells each thing once. */
export class Warnings {
  readonly #told = new Map<WarningKind, Set<string>>();

  constructor(private readonly log: (message: string) => void) {}

  /** Logs the message unless the same was told of the subject. */
  once(kind: WarningKind, message: string, subject = ''): void {
    let subjects = this.#told.get(kind);
    if (!subjects) {
      subjects = new Set();
      this.#told.set(kind, subjects);
    }
    if (subjects.has(subject) || subjects.size >= MAX_SUBJECTS) return;
    subjects.add(subject);
    this.log(message);
  }
}
