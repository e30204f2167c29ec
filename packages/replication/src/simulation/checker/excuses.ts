import { EXPOSURE_MS, type Fault, lateMsOf } from '../faults.js';

/** When a fault stops mattering: over, what was late has come, and copies are complete again. */
export function settledMs(fault: Fault): number {
  return fault.untilMs + lateMsOf(fault) + EXPOSURE_MS;
}

/**
 * Whether something acknowledged at `atMs` may be gone: its holders were lost one after another
 * before a new copy could be made. Conservative: any other fault that was not settled at a crash
 * counts as the loss of a holder. A node that leaves in order is lost like one that crashes where
 * those that stay could not be given anything (everything, seeds 3036 and 4044).
 */
export function mayBeLost(faults: readonly Fault[], atMs: number): boolean {
  return faults.some((gone) => {
    const others = faults.filter((other) => other !== gone);
    if (gone.kind === 'crash') {
      return gone.atMs >= atMs && others.some((other) => isUnsettled(other, gone.atMs, gone.atMs));
    }
    if (gone.kind !== 'drain' && gone.kind !== 'join') return false;
    const fromMs = gone.kind === 'drain' ? gone.atMs : gone.untilMs;
    if (settledMs(gone) < atMs) return false;
    return others.some(
      (other) => SILENCING.has(other.kind) && isUnsettled(other, fromMs, settledMs(gone)),
    );
  });
}

/** A node that does not answer takes nothing over. */
const SILENCING: ReadonlySet<Fault['kind']> = new Set(['crash', 'pause', 'cut', 'clog']);

function isUnsettled(fault: Fault, fromMs: number, toMs: number): boolean {
  return fault.atMs <= toMs && settledMs(fault) >= fromMs;
}

const SPLITTING: ReadonlySet<Fault['kind']> = new Set([
  'partition',
  'cut',
  'clog',
  'broker-crash',
  'broker-freeze',
]);

/** Whether two sides may have gone on apart from each other at some time in this span. */
export function mayBeSplit(faults: readonly Fault[], fromMs: number, toMs: number): boolean {
  return faults.some(
    (fault) => SPLITTING.has(fault.kind) && fault.atMs <= toMs && settledMs(fault) >= fromMs,
  );
}

/** How far clocks went ahead of true time altogether; engines count by them. */
export function leaptMs(faults: readonly Fault[]): number {
  return faults.reduce((sum, fault) => sum + (fault.kind === 'leap' ? fault.leapMs : 0), 0);
}

/** Whether anything was wrong at some time in this span. */
export function wasDisturbed(faults: readonly Fault[], fromMs: number, toMs: number): boolean {
  return faults.some((fault) => fault.atMs <= toMs && settledMs(fault) >= fromMs);
}
