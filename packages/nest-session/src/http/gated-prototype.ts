import type { ServerResponse } from 'node:http';
import type { ResponseGate } from './response-gate.js';

export const GATE = Symbol('understudy.gate');

export type GatedResponse = ServerResponse & { [GATE]?: ResponseGate | undefined };

/**
 * The methods of a class of responses as they were before they asked a gate. A gate that lets a call
 * pass is told which one asked: a derived class calls that of Node's, which asks once more.
 */
export type OriginalMethods = Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'flushHeaders'>;

/** Makes room for the gate of a response before it gets another prototype; see `express-room.ts`. */
export function makeGateRoom(response: ServerResponse): void {
  (response as GatedResponse)[GATE] = undefined;
}

const originals = new WeakMap<object, OriginalMethods>();

/**
 * Makes the class of a response ask the gate of each response that has one; any other goes its way.
 * Once for the class, and not for each response: methods and getters of its own would cost every
 * request more than all else that is done for it.
 */
export function originalsOf(response: ServerResponse): OriginalMethods {
  const prototype = Object.getPrototypeOf(response) as object;
  const known = originals.get(prototype);
  if (known) return known;
  const owner = classPrototype(prototype);
  const methods = originals.get(owner) ?? gateMethods(owner);
  originals.set(owner, methods);
  originals.set(prototype, methods);
  return methods;
}

/**
 * Where the class defines how a head is written; Express puts prototypes of its own in front of it.
 * The nearest one: a class derived from Node's, as `inject()` of Fastify has one, calls that itself.
 */
function classPrototype(prototype: object): object {
  for (let at: object | null = prototype; at; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, 'writeHead')) return at;
  }
  return prototype;
}

function gateMethods(owner: object): OriginalMethods {
  const { writeHead, write, end, flushHeaders } = owner as GatedResponse;
  define(owner, 'writeHead', function (this: GatedResponse, ...args: unknown[]) {
    const gate = this[GATE];
    return gate ? gate.writeHead(args, writeHead) : Reflect.apply(writeHead, this, args);
  });
  define(owner, 'write', function (this: GatedResponse, ...args: Parameters<typeof write>) {
    const gate = this[GATE];
    return gate ? gate.write(args, write) : Reflect.apply(write, this, args);
  });
  define(owner, 'end', function (this: GatedResponse, ...args: Parameters<typeof end>) {
    const gate = this[GATE];
    return gate ? gate.end(args, end) : Reflect.apply(end, this, args);
  });
  define(owner, 'flushHeaders', function (this: GatedResponse) {
    const gate = this[GATE];
    if (gate) gate.flushHeaders(flushHeaders);
    else flushHeaders.call(this);
  });
  // While it is held back, code that asks must see it as sent, or it would answer twice.
  shadow(owner, 'headersSent', (gate) => gate.headRequested);
  shadow(owner, 'writableEnded', (gate) => gate.ended);
  return { writeHead, write, end, flushHeaders };
}

function define(owner: object, name: string, value: unknown): void {
  const enumerable = Object.getOwnPropertyDescriptor(owner, name)?.enumerable ?? true;
  Object.defineProperty(owner, name, { configurable: true, enumerable, writable: true, value });
}

/** Puts a getter in front of the one the class has or inherits. */
function shadow(
  owner: object,
  name: 'headersSent' | 'writableEnded',
  isNoted: (gate: ResponseGate) => boolean,
): void {
  let at: object | null = owner;
  while (at && !Object.hasOwn(at, name)) at = Object.getPrototypeOf(at);
  const original = at && Object.getOwnPropertyDescriptor(at, name);
  Object.defineProperty(owner, name, {
    configurable: true,
    enumerable: original?.enumerable ?? true,
    get(this: GatedResponse) {
      const gate = this[GATE];
      if (gate && isNoted(gate)) return true;
      return original?.get ? Reflect.apply(original.get, this, []) : original?.value;
    },
  });
}
