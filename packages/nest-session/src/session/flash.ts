import { SessionUsageError } from '../errors.js';
import { isPlainObject } from './clone.js';
import {
  checkKind,
  emptied,
  FLASH_KEY,
  FLASH_METHODS,
  type Flash,
  type FlashAccess,
  flashCalls,
  withoutEmpty,
} from './flash-messages.js';

type Messages = Record<string, string[]>;

const views = new WeakSet<object>();

/**
 * A function, and at once the messages by their kind: connect-flash keeps its own in an object
 * `session.flash`, so both can be used in one application and see the same messages.
 */
export function flashOf(access: FlashAccess): Flash {
  let messages = read(access);
  const own = (kind: PropertyKey) => messages && hasAny(messages, kind);
  const call = flashCalls(access);
  const view = new Proxy(call, {
    get(target, name) {
      if (FLASH_METHODS.has(name)) return Reflect.get(target, name);
      if (own(name)) return messages?.[name as string];
      if (name === 'toJSON') return () => withoutEmpty(messages ?? {});
      const isCallable = typeof name === 'symbol' || name in Function.prototype;
      return isCallable && name !== 'name' && name !== 'length'
        ? Reflect.get(target, name)
        : undefined;
    },
    has: (_target, name) => own(name) ?? false,
    set(_target, name, value) {
      checkKind(name);
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
        messages = emptied(read(access) ?? {}, name as string) as Messages;
        access.writable().set(FLASH_KEY, messages);
      }
      return true;
    },
    ownKeys: () => Object.keys(withoutEmpty(messages ?? {})),
    getOwnPropertyDescriptor: (_target, name) =>
      own(name)
        ? {
            value: messages?.[name as string],
            writable: true,
            enumerable: true,
            configurable: true,
          }
        : undefined,
  });
  views.add(view);
  return view;
}

/** `session.flash = …`: all messages at once; those that are there already stay. */
export function assignFlash(access: FlashAccess, value: unknown): void {
  if (typeof value === 'function' && views.has(value)) return;
  if (!isPlainObject(value)) {
    throw new SessionUsageError('session.flash cannot be written: the name is reserved');
  }
  let before: Messages = read(access) ?? {};
  for (const kind of Object.keys(before)) before = emptied(before, kind) as Messages;
  access.writable().set(FLASH_KEY, { ...before, ...value });
}

/** A kind of which all were read is there for the sake of parallel requests alone. */
function hasAny(messages: Messages, kind: PropertyKey): boolean {
  return Object.hasOwn(messages, kind) && messages[kind as string]?.length !== 0;
}

function read(access: FlashAccess): Messages | undefined {
  return access.readable().get(FLASH_KEY) as Messages | undefined;
}
