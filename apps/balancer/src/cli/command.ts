import type { Environment } from '../config/read-config.js';

/** What a command was called with. */
export interface CommandInput {
  /** Of the configuration file, if one was named. */
  readonly configPath: string | undefined;
  readonly environment: Environment;
  /** What followed the command's name. */
  readonly operands: readonly string[];
  /** Of its own flags those that were given. */
  readonly flags: Readonly<Record<string, string>>;
}

export interface Command {
  /** One line for `--help`. */
  readonly help: string;
  /** What has to follow its name, as `--help` has it. Default: nothing. */
  readonly operands?: readonly string[];
  /** Flags with a value that it alone takes, and what they mean. */
  readonly flags?: Readonly<Record<string, string>>;
  run(input: CommandInput): Promise<void>;
}
