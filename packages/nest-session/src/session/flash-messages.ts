import { SessionUsageError } from '../errors.js';
import { MAX_EMPTY_FLASH_KINDS, MAX_FLASH_MESSAGES } from '../limits.js';
import type { RecordingBag } from './recording-bag.js';

/** Where flash messages lie; no application can use the name, because it is the handle's. */
export const FLASH_KEY = 'flash';

type Messages = Readonly<Record<string, readonly string[]>>;

/** What it takes to read and write them; one for each request. */
export interface FlashAccess {
  readable(): RecordingBag;
  writable(): RecordingBag;
}

/** Names that are no kinds. */
export const FLASH_METHODS: ReadonlySet<PropertyKey> = new Set(['now', 'keep', 'reflash']);

/**
 * Messages for the next page that shows them, by kind. They stay until they are read, over as many
 * requests as that takes, and are forgotten then.
 */
export interface Flash {
  /** Keeps a message for the next page, or several. */
  (kind: string, message: string | readonly string[]): void;
  /** The messages of a kind, which are forgotten. */
  (kind: string): string[];
  /** All messages, which are forgotten. */
  (): Record<string, string[]>;
  /** A message for the page that this request answers with; never stored, and makes no session. */
  now(kind: string, message: string | readonly string[]): void;
  /**
   * The messages of these kinds stay although this request reads them, before or after: for a page that
   * redirects once more. Without kinds: of all.
   */
  keep(...kinds: string[]): void;
  /** As {@link keep} of all kinds. */
  reflash(): void;
}

/** What one request did with its messages. */
interface Seen {
  /** Added for this request alone, not read yet. */
  now: Messages;
  /** Read and forgotten, which {@link Flash.keep} takes back. */
  read: Messages;
  kept: ReadonlySet<string> | 'all';
}

const requests = new WeakMap<FlashAccess, Seen>();

/** The calls of one request. */
export function flashCalls(control: FlashAccess): Flash {
  let seen = requests.get(control);
  if (!seen) {
    seen = { now: {}, read: {}, kept: new Set() };
    requests.set(control, seen);
  }
  return createFlash(control, seen);
}

function createFlash(control: FlashAccess, seen: Seen): Flash {
  const stored = (): Messages => (control.readable().get(FLASH_KEY) as Messages | undefined) ?? {};
  const isKept = (kind: string) => seen.kept === 'all' || seen.kept.has(kind);

  const read = (kind: string): string[] => {
    const before = stored();
    const messages = of(before, kind);
    const shown = [...messages, ...of(seen.now, kind)];
    seen.now = without(seen.now, kind);
    if (isKept(kind)) return shown;
    seen.read = adding(seen.read, kind, shown);
    if (messages.length > 0) control.writable().set(FLASH_KEY, emptied(before, kind));
    return shown;
  };

  const keep = (...kinds: string[]): void => {
    seen.kept =
      kinds.length === 0 || seen.kept === 'all' ? 'all' : new Set([...seen.kept, ...kinds]);
    const before = stored();
    let after = before;
    for (const kind of new Set([...Object.keys(seen.read), ...Object.keys(seen.now)])) {
      if (!isKept(kind)) continue;
      const back = [...of(seen.read, kind), ...of(seen.now, kind)];
      if (back.length > 0) after = listed(after, kind, [...back, ...of(after, kind)]);
      seen.read = without(seen.read, kind);
      seen.now = without(seen.now, kind);
    }
    if (after !== before) control.writable().set(FLASH_KEY, after);
  };

  const flash = (kind?: string, message?: string | readonly string[]) => {
    if (kind === undefined) {
      const kinds = new Set([...Object.keys(withoutEmpty(stored())), ...Object.keys(seen.now)]);
      return Object.fromEntries([...kinds].map((each) => [each, read(each)]));
    }
    if (message === undefined) return read(kind);
    checkKind(kind);
    control.writable().set(FLASH_KEY, adding(stored(), kind, textsOf(message)));
    return undefined;
  };
  const now = (kind: string, message: string | readonly string[]): void => {
    checkKind(kind);
    control.readable();
    seen.now = adding(seen.now, kind, textsOf(message));
  };
  return Object.assign(flash, { now, keep, reflash: () => keep() }) as Flash;
}

/** Throws for what could not be told from a method. */
export function checkKind(kind: PropertyKey): void {
  if (!FLASH_METHODS.has(kind)) return;
  throw new SessionUsageError(
    `flash messages cannot be of the kind ${String(kind)}: it is a method`,
  );
}

function textsOf(message: string | readonly string[]): readonly string[] {
  const texts = [message].flat();
  if (texts.every((text) => typeof text === 'string')) return texts;
  throw new SessionUsageError('flash() takes a text or a list of texts');
}

function of(messages: Messages, kind: string): readonly string[] {
  return Object.hasOwn(messages, kind) ? (messages[kind] ?? []) : [];
}

function adding(messages: Messages, kind: string, added: readonly string[]): Messages {
  return listed(messages, kind, [...of(messages, kind), ...added]);
}

function listed(messages: Messages, kind: string, list: readonly string[]): Messages {
  return { ...messages, [kind]: list.slice(-MAX_FLASH_MESSAGES) };
}

/**
 * The kind without its messages, of which others stay: a parallel request may have added one since, that
 * would be forgotten with a kind that is deleted, and nobody has read it.
 */
export function emptied(messages: Messages, kind: string): Messages {
  const full = withoutEmpty(messages);
  const empty = Object.keys(messages).length - Object.keys(full).length;
  return { ...(empty < MAX_EMPTY_FLASH_KINDS ? messages : full), [kind]: [] };
}

export function withoutEmpty(messages: Messages): Messages {
  return Object.fromEntries(Object.entries(messages).filter(([, list]) => list.length > 0));
}

function without(messages: Messages, kind: string): Messages {
  return Object.fromEntries(Object.entries(messages).filter(([name]) => name !== kind));
}
