/** A response as the application has prepared it, before anything was sent. */
export interface ResponseDraft {
  readonly status: number;
  header(name: string): string | undefined;
  /** The body, when it is complete and in memory. */
  readonly body: string | Uint8Array | undefined;
}

/** A response to send in place of the application's. */
export interface Replacement {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** What is to be done to a response before it leaves. */
export interface Settlement {
  readonly headers: Readonly<Record<string, string>>;
  /** `Set-Cookie` values, added to those the application set. */
  readonly cookies: readonly string[];
  readonly replacement?: Replacement | undefined;
}

/** Decides about a response; called once, before its first byte. */
export type Settle = (draft: ResponseDraft) => Settlement | Promise<Settlement>;
