import { LIMITS } from '../../core/limits.js';
import { integer, list, struct } from '../schema.js';
import { buried } from './copies.js';

/** The end of records, told to everybody. */
export const burialMessages = {
  bury: struct({ request: integer, buried: list(buried, LIMITS.frameEntries) }),
  buried: struct({ request: integer }),
};
