const FIRST_DELAY_MS = 50;
const GROWTH = 1.2;
const LONGEST_DELAY_MS = 500;
const JITTER_MS = 50;

/**
 * Pause after the failed attempt number `attempt` (from 1): 50 ms at first, so that a restarted
 * broker is found at once, then slower up to half a second, with up to 50 ms of jitter, so that the
 * nodes of a cluster do not come in step.
 *
 * @param random a number in [0, 1)
 */
export function redialDelayMs(attempt: number, random: number): number {
  const steady = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * GROWTH ** (attempt - 1));
  return steady + JITTER_MS * random;
}

export interface DialUntilConnected<T> {
  dial(): Promise<T>;
  /** Takes a connection that came up after the signal had aborted. */
  discard(late: T): void;
  onFailure(attempt: number, error: Error): void;
  /** A number in [0, 1). */
  random(): number;
  pause(delayMs: number): Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Dials until it succeeds. Resolves with undefined as soon as the signal aborts, even while a dial
 * or a pause is under way.
 */
export async function dialUntilConnected<T>(
  options: DialUntilConnected<T>,
): Promise<T | undefined> {
  const { signal } = options;
  if (signal.aborted) return undefined;
  let stop: () => void = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([keepDialing(options), aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function keepDialing<T>(options: DialUntilConnected<T>): Promise<T | undefined> {
  for (let attempt = 1; !options.signal.aborted; attempt += 1) {
    try {
      const connection = await options.dial();
      if (!options.signal.aborted) return connection;
      options.discard(connection);
    } catch (error) {
      if (options.signal.aborted) break;
      options.onFailure(attempt, error instanceof Error ? error : new Error(String(error)));
      await options.pause(redialDelayMs(attempt, options.random()));
    }
  }
  return undefined;
}
