import { SessionUsageError } from '../errors.js';
import { MAX_FLASH_MESSAGES } from '../limits.js';
import { isPlainObject } from './clone.js';
import type { RecordingBag } from './recording-bag.js';

/** Where flash messages lie; no application can use the name, because it is the handle's. */
const FLASH_KEY = 'flash';

type Messages = Record<string, string[]>;

/** What it takes to read and write them. */
interface FlashAccess {
  readable(): RecordingBag;
  writable(): RecordingBag;
}

/** `session.flash`. */
export interface Flash {
  /** Keeps a message for the next page. */
  (kind: string, message: string): void;
  /** Returns the messages and forgets them. */
  (kind: string): string[];
}

const views = new WeakSet<object>();

/**
 * A function, and at once the messages by their kind: connect-flash keeps its own in an object
 * `session.flash`, so both can be used in one application and see the same messages.
 */
export function flashOf(access: FlashAccess): Flash {
  let messages = read(access);
  const own = (kind: PropertyKey) => messages && Object.hasOwn(messages, kind);
  const call = (kind: string, message?: string) => flash(access, kind, message);
  const view = new Proxy(call, {
    get(target, name) {
      if (own(name)) return messages?.[name as string];
      if (name === 'toJSON') return () => ({ ...messages });
      const isCallable = typeof name === 'symbol' || name in Function.prototype;
      return isCallable && name !== 'name' && name !== 'length'
        ? Reflect.get(target, name)
        : undefined;
    },
    has: (_target, name) => own(name) ?? false,
    set(_target, name, value) {
      const bag = access.writable();
      messages ??= read(access);
      if (!messages) {
        messages = {};
        bag.set(FLASH_KEY, messages);
      }
      messages[name as string] = value;
      return true;
    },
    deleteProperty(_target, name) {
      if (messages && own(name)) {
        access.writable();
        delete messages[name as string];
      }
      return true;
    },
    ownKeys: () => Object.keys(messages ?? {}),
    getOwnPropertyDescriptor: (_target, name) =>
      own(name)
        ? {
            value: messages?.[name as string],
            writable: true,
            enumerable: true,
            configurable: true,
          }
        : undefined,
  }) as Flash;
  views.add(view);
  return view;
}

/** `session.flash = …`: all messages at once; those that are there already stay. */
export function assignFlash(access: FlashAccess, value: unknown): void {
  if (typeof value === 'function' && views.has(value)) return;
  if (!isPlainObject(value)) {
    throw new SessionUsageError('session.flash cannot be written: the name is reserved');
  }
  access.writable().set(FLASH_KEY, value);
}

function flash(access: FlashAccess, kind: string, message?: string): string[] | undefined {
  const messages = read(access);
  const kept = messages && Object.hasOwn(messages, kind) ? (messages[kind] ?? []) : [];
  if (message === undefined) {
    if (messages && kept.length > 0) {
      access.writable();
      delete messages[kind];
    }
    return kept;
  }
  const list = [...kept, message].slice(-MAX_FLASH_MESSAGES);
  access.writable().set(FLASH_KEY, { ...messages, [kind]: list });
  return undefined;
}

function read(access: FlashAccess): Messages | undefined {
  return access.readable().get(FLASH_KEY) as Messages | undefined;
}
