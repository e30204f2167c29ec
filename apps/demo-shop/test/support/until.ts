import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition and fails with its last answer when it does not come true. */
export async function until<Value>(
  ask: () => Promise<Value>,
  isTrue: (value: Value) => boolean,
  deadlineMs = 30_000,
): Promise<Value> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const value = await ask();
    if (isTrue(value)) return value;
    if (performance.now() > endMs) throw new Error(`still ${JSON.stringify(value)}`);
    await delay(20);
  }
}
