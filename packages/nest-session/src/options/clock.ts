import type { Clock } from '@understudy/replication';
import { SessionOptionError } from '../errors.js';

export interface NormalizedClock {
  /** Undefined: the system's. */
  readonly clock: Clock | undefined;
}

const METHODS = ['nowMs', 'wallMs', 'every', 'afterTurn'] as const;

export function normalizeClock(clock: Clock | undefined): NormalizedClock {
  if (clock === undefined || METHODS.every((method) => typeof clock?.[method] === 'function')) {
    return { clock };
  }
  const expected = `an object with the methods ${METHODS.join(', ')}, such as new FakeClock()`;
  throw new SessionOptionError('clock', clock, expected);
}
