/** The longest that a timer takes; nothing happens when it is over. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Keeps the process alive until `work` has settled. A clock does not, and neither does each transport:
 * a program that waits for nothing else would end in the middle, with exit code 13 and without a word.
 */
export async function stayAlive<Result>(work: Promise<Result>): Promise<Result> {
  const hold = setInterval(() => {}, LONGEST_TIMER_MS);
  try {
    return await work;
  } finally {
    clearInterval(hold);
  }
}
