/** Where the engine writes; Nest's logger and console fit. No id and no key is ever passed. */
export interface ClusterLogger {
  debug(message: string): void;
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export const silentLogger: ClusterLogger = {
  debug: () => {},
  log: () => {},
  warn: () => {},
  error: () => {},
};
