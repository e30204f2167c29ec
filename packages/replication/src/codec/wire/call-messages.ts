import { integer, optional, struct } from '../schema.js';
import { call } from './calls.js';
import { incarnation } from './fields.js';
import { result } from './results.js';

/** Calls on their way to the owner of their record, and the answers. */
export const callMessages = {
  call: struct({ request: integer, call }),
  result: struct({ request: integer, result }),
  moved: struct({ request: integer, owner: optional(incarnation), epoch: integer }),
};
