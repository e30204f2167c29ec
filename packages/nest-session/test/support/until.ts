import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition; throws when it does not come true within the deadline. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 30_000,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${condition.toString()}`);
    await delay(5);
  }
}
