import { EXPOSURE_MS, type Fault } from '../faults.js';

/** When a fault stops mattering: over, what was late has come, and copies are complete again. */
export function settledMs(fault: Fault): number {
  const lateMs = fault.kind === 'partition' ? fault.lateMs : 0;
  return fault.untilMs + lateMs + EXPOSURE_MS;
}

/**
 * Whether something acknowledged at `atMs` may be gone: its holders were lost one after another
 * before a new copy could be made. Conservative: any other fault that was not settled at a crash
 * counts as the loss of a holder.
 */
export function mayBeLost(faults: readonly Fault[], atMs: number): boolean {
  return faults.some(
    (crash) =>
      crash.kind === 'crash' &&
      crash.atMs >= atMs &&
      faults.some(
        (other) => other !== crash && other.atMs <= crash.atMs && settledMs(other) >= crash.atMs,
      ),
  );
}

/** Whether two sides may have gone on apart from each other at some time in this span. */
export function mayBeSplit(faults: readonly Fault[], fromMs: number, toMs: number): boolean {
  return faults.some(
    (fault) =>
      (fault.kind === 'partition' || fault.kind === 'cut') &&
      fault.atMs <= toMs &&
      settledMs(fault) >= fromMs,
  );
}

/** Whether anything was wrong at some time in this span. */
export function wasDisturbed(faults: readonly Fault[], fromMs: number, toMs: number): boolean {
  return faults.some((fault) => fault.atMs <= toMs && settledMs(fault) >= fromMs);
}
