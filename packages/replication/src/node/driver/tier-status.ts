import type { ClusterLogger } from '../telemetry/logger.js';

/**
 * Says that a tier came or went. A node serves without it (the failure prevented: a misspelt address or a
 * client that is not installed shows when all nodes were down, and the sessions are gone).
 */
export function tellTierStatus(
  logger: ClusterLogger,
  name: string,
  connected: boolean,
  error: Error | undefined,
): void {
  if (connected) logger.log(`the tier ${name} is connected`);
  else {
    const reason = reasonOf(error);
    logger.warn(
      `the tier ${name} cannot be reached (${reason}): until then sessions are in memory only`,
    );
  }
}

/** Node gives an error of several addresses no message. */
function reasonOf(error: Error | undefined): string {
  return error?.message || (error as NodeJS.ErrnoException | undefined)?.code || 'no connection';
}
