// @ts-check

/** @param {unknown} error  Whatever was thrown. */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
