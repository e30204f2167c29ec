import { SessionUsageError } from '../errors.js';
import { assignFlash } from './flash.js';
import type { RecordingBag } from './recording-bag.js';
import type { SessionControl } from './session-control.js';
import {
  attachControl,
  controlOf,
  isReserved,
  refuseReserved,
  SessionHandle,
} from './session-handle.js';

/** Where a property bag keeps its properties; may refuse to be read or written. */
interface BagAccess {
  readable(): RecordingBag;
  writable(): RecordingBag;
  /** Names that belong to the object itself. */
  isReserved(name: string): boolean;
  /** Takes what is assigned to such a name; false: nothing can be. */
  assign?(name: string | symbol, value: unknown): boolean;
}

/** The handle of a request's session: plain property access, with the methods on its prototype. */
export function createSessionProxy(control: SessionControl): SessionHandle {
  // Through the handle and not through `control`: a handle can be given another one.
  const handle: object = propertyBag(SessionHandle.prototype, {
    readable: () => controlOf(handle).readable(),
    writable: () => controlOf(handle).writable(),
    isReserved,
    assign(name, value) {
      if (name !== 'flash') return false;
      assignFlash(controlOf(handle), value);
      return true;
    },
  });
  attachControl(handle, control);
  return handle as SessionHandle;
}

/** A property bag without methods, as `update(fn)` hands it to `fn`. */
export function createDraftProxy(bag: RecordingBag): object {
  return propertyBag(Object.prototype, {
    readable: () => bag,
    writable: () => bag,
    isReserved,
  });
}

function propertyBag(prototype: object, access: BagAccess): object {
  const descriptor = (name: string): PropertyDescriptor | undefined => {
    const bag = access.readable();
    if (access.isReserved(name) || !bag.has(name)) return undefined;
    return { value: bag.get(name), writable: true, enumerable: true, configurable: true };
  };
  return new Proxy(Object.create(prototype) as object, {
    get(target, name, receiver) {
      if (typeof name === 'symbol' || access.isReserved(name)) {
        return Reflect.get(target, name, receiver);
      }
      return access.readable().get(name) ?? fallback(access.readable(), target, name, receiver);
    },
    set(_target, name, value) {
      if (access.assign?.(name, value)) return true;
      access.writable().set(writableName(name), value);
      return true;
    },
    has(target, name) {
      return (
        (typeof name === 'string' && !access.isReserved(name) && access.readable().has(name)) ||
        Reflect.has(target, name)
      );
    },
    deleteProperty(_target, name) {
      if (typeof name === 'string') access.writable().delete(writableName(name));
      return true;
    },
    ownKeys() {
      return access
        .readable()
        .keys()
        .filter((name) => !access.isReserved(name));
    },
    getOwnPropertyDescriptor(_target, name) {
      return typeof name === 'string' ? descriptor(name) : undefined;
    },
    defineProperty(_target, name, { get, set, value }) {
      if (get || set) throw new SessionUsageError('a session cannot hold getters or setters');
      access.writable().set(writableName(name), value);
      return true;
    },
    setPrototypeOf() {
      return false;
    },
    preventExtensions() {
      return false;
    },
  });
}

/** `null` is a value of the session; only what is not there is looked up on the prototype. */
function fallback(bag: RecordingBag, target: object, name: string, receiver: unknown): unknown {
  return bag.has(name) ? bag.get(name) : Reflect.get(target, name, receiver);
}

function writableName(name: string | symbol): string {
  if (typeof name === 'symbol') throw new SessionUsageError('a session cannot hold symbols');
  refuseReserved(name);
  return name;
}
