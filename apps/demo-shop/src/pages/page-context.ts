import type { Preferences } from '../preferences/preferences.js';

/** What every page may show of the session it is made for. */
export interface PageContext {
  /** Path with query, for links that lead back here. */
  readonly path: string;
  readonly preferences: Preferences;
  /** Pieces in the basket. */
  readonly cartQuantity: number;
  /** Undefined for a visitor who has not signed in. */
  readonly username: string | undefined;
  /** For forms. Asking makes the session exist, so a page without forms leaves no session behind. */
  readonly csrfToken: () => string;
  readonly dock: DockFacts;
}

/** Who served this page and where the session lives. */
export interface DockFacts {
  /** Label of the node that ran the handler. */
  readonly node: string;
  readonly pid: number;
  /** Label of the node that orders the session's changes; undefined without a session. */
  readonly owner: string | undefined;
  /** Labels of the nodes that hold a copy. */
  readonly backups: readonly string[];
  /** `epoch.seq` as it was when the page was made. */
  readonly revision: string | undefined;
}
