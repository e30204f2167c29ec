/**
 * Monotonic milliseconds that mean the same in every process of this machine, so that what happened
 * here can be compared with what happened there.
 */
export function sharedClock(): () => number {
  // performance.now() begins anew in each process; the clock behind it does not.
  const offsetMs = Number(process.hrtime.bigint() / 1_000n) / 1_000 - performance.now();
  return () => performance.now() + offsetMs;
}
