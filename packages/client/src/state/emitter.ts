/** Sends typed events to listeners. */
export interface Emitter<Events> {
  /** Adds a listener and returns the function that removes it. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void;
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void;
}

/**
 * Listeners run in a microtask of their own: after the state they hear of is in place, and without
 * a way for one that throws or calls back to harm the others or the call that caused the event.
 * What one throws surfaces as an uncaught error.
 */
export function createEmitter<Events>(): Emitter<Events> {
  const listeners = new Set<readonly [keyof Events, (event: never) => void]>();
  return {
    on(name, listener) {
      const entry = [name, listener] as const;
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    emit(name, event) {
      for (const entry of listeners) {
        queueMicrotask(() => {
          // It may have been removed by then.
          if (entry[0] === name && listeners.has(entry)) entry[1](event as never);
        });
      }
    },
  };
}
