// @ts-check

/**
 * @param {readonly string[]} missing  Names of the programs this machine lacks.
 * @returns {string} The last line of a test run.
 */
export function skippedLine(missing) {
  return missing.length === 0 ? 'nothing skipped' : `skipped for want of: ${missing.join(', ')}`;
}

/**
 * @param {readonly string[]} missing
 * @param {Readonly<Record<string, string | undefined>>} environment  `UNDERSTUDY_REQUIRE_ALL`.
 * @returns {string | null} Why the tests must not even start: where everything is required, a
 *   skipped test is a failure.
 */
export function strictFailure(missing, { UNDERSTUDY_REQUIRE_ALL: required }) {
  if (missing.length === 0 || required === undefined || ['', '0'].includes(required)) return null;
  return `UNDERSTUDY_REQUIRE_ALL is set, and these programs are missing: ${missing.join(', ')}`;
}
