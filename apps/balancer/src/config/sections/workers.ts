import { availableParallelism } from 'node:os';
import { fieldOf } from '../fields.js';

const MOST = 128;
const DECIMAL = /^\d{1,3}$/;

/** Processes that serve clients; 1 is the one process itself. */
export const WORKERS = fieldOf<number | 'auto'>(
  { fallback: 1, restart: true },
  `auto, or a whole number from 1 to ${MOST}`,
  (value) => {
    if (value === 'auto') return value;
    const count = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value;
    if (typeof count !== 'number' || !Number.isInteger(count)) return undefined;
    return count >= 1 && count <= MOST ? count : undefined;
  },
);

/** `auto` is one for each processor that this process may use. */
export function workerCount(workers: number | 'auto'): number {
  return workers === 'auto' ? Math.min(availableParallelism(), MOST) : workers;
}
