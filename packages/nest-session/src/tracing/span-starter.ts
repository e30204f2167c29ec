/** A span under way. Attributes never carry an id: not of a session, a principal or a key. */
export interface SessionSpan {
  set(name: string, value: string | number | boolean): void;
  /** Ends it; with an error, as failed. */
  end(error?: unknown): void;
}

/** Begins a span as a child of what is traced now; undefined where nothing would be recorded. */
export type SpanStarter = (name: string) => SessionSpan | undefined;
