/** Sends typed events to listeners. */
export interface Emitter<Events> {
  /** Adds a listener and returns the function that removes it. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void;
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void;
}

/**
 * Listeners run at once, in order of arrival, and are never awaited; one that throws neither stops
 * the others nor the call that caused the event, and its error surfaces as an uncaught one.
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
      // A copy: a listener that adds a listener must not be called for ever.
      for (const [wanted, listener] of [...listeners]) {
        try {
          if (wanted === name) listener(event as never);
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}
