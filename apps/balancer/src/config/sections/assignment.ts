import type { Assignment } from '../../routing/route-request.js';
import { choice } from '../fields.js';

/** `round-robin` applies no affinity at all. */
export const ASSIGNMENT = choice<Assignment>({ fallback: 'sticky', restart: true }, [
  'sticky',
  'round-robin',
]);
