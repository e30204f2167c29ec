import { SessionUsageError } from '../errors.js';
import { assignFlash } from './flash.js';
import type { RecordingBag } from './recording-bag.js';
import type { SessionControl } from './session-control.js';
import {
  controlBehind,
  handleTarget,
  isReserved,
  refuseReserved,
  type SessionHandle,
  TARGET,
} from './session-handle.js';

/** Where a property bag keeps its properties; may refuse to be read or written. */
interface BagAccess {
  readable(target: object): RecordingBag;
  writable(target: object): RecordingBag;
  /** Takes what is assigned to a name of the object itself; false: nothing can be. */
  assign?(target: object, name: string | symbol, value: unknown): boolean;
}

/** Of all handles: a handler of its own would cost each request more than what it reads. */
const HANDLES = bagHandler({
  // A handle can be given another control.
  readable: (target) => controlBehind(target).readable(),
  writable: (target) => controlBehind(target).writable(),
  assign(target, name, value) {
    if (name !== 'flash') return false;
    assignFlash(controlBehind(target), value);
    return true;
  },
});

/** The handle of a request's session: plain property access, with the methods on its prototype. */
export function createSessionProxy(control: SessionControl): SessionHandle {
  return new Proxy(handleTarget(control), HANDLES) as SessionHandle;
}

/** A property bag without methods, as `update(fn)` hands it to `fn`. */
export function createDraftProxy(bag: RecordingBag): object {
  return new Proxy({}, bagHandler({ readable: () => bag, writable: () => bag }));
}

function bagHandler(access: BagAccess): ProxyHandler<object> {
  return {
    get(target, name, receiver) {
      if (name === TARGET) return target;
      if (typeof name === 'symbol' || isReserved(name)) return Reflect.get(target, name, receiver);
      const bag = access.readable(target);
      return bag.get(name) ?? fallback(bag, target, name, receiver);
    },
    set(target, name, value) {
      if (access.assign?.(target, name, value)) return true;
      access.writable(target).set(writableName(name), value);
      return true;
    },
    has(target, name) {
      return (
        (typeof name === 'string' && !isReserved(name) && access.readable(target).has(name)) ||
        Reflect.has(target, name)
      );
    },
    deleteProperty(target, name) {
      if (typeof name === 'string') access.writable(target).delete(writableName(name));
      return true;
    },
    ownKeys(target) {
      return access
        .readable(target)
        .keys()
        .filter((name) => !isReserved(name));
    },
    getOwnPropertyDescriptor(target, name) {
      if (typeof name !== 'string') return undefined;
      const bag = access.readable(target);
      if (isReserved(name) || !bag.has(name)) return undefined;
      return { value: bag.get(name), writable: true, enumerable: true, configurable: true };
    },
    defineProperty(target, name, { get, set, value }) {
      if (get || set) throw new SessionUsageError('a session cannot hold getters or setters');
      access.writable(target).set(writableName(name), value);
      return true;
    },
    setPrototypeOf() {
      return false;
    },
    preventExtensions() {
      return false;
    },
  };
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
