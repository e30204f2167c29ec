import { text } from '../fields.js';

/** `off` and `stdout` are themselves; whatever else has a dot or a slash is a path. */
export const ACCESS_LOG_PATTERN = /^(?:off|stdout|(?=[^\0]*[./])[^\0]{1,1024})$/;
export const ACCESS_LOG_EXPECTED = 'off, stdout, or the path of a file, as ./access.log';

/** Where a line for each request goes. */
export const ACCESS_LOG = text(
  { fallback: 'off', restart: true },
  ACCESS_LOG_EXPECTED,
  ACCESS_LOG_PATTERN,
);
