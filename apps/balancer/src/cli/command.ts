import type { Environment } from '../config/read-config.js';

/** What a command was called with. */
export interface CommandInput {
  /** Of the configuration file, if one was named. */
  readonly configPath: string | undefined;
  readonly environment: Environment;
}

export interface Command {
  /** One line for `--help`. */
  readonly help: string;
  run(input: CommandInput): Promise<void>;
}
