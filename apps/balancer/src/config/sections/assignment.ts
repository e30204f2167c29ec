import { ASSIGNMENTS, type Assignment } from '../../routing/assignment.js';
import { choice } from '../fields.js';

/**
 * How requests are spread of which no method of affinity says anything. `sticky` is the former name
 * of `p2c`.
 */
export const ASSIGNMENT = choice<Assignment | 'sticky'>({ fallback: 'p2c', restart: true }, [
  ...ASSIGNMENTS,
  'sticky',
]);
