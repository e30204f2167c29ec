import { parseArgs } from 'node:util';
import type { Environment } from '../config/read-config.js';
import { BalancerError, OptionError } from '../errors.js';
import { check } from './check.js';
import type { Command, CommandInput } from './command.js';
import { exportCommand } from './export.js';
import { serve } from './serve.js';

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: { help: 'run the balancer; what is done without a command', run: serve },
  check: { help: 'say whether the configuration is sound, and exit with 0 or 1', run: check },
  export: exportCommand,
};

const FLAGS = 'flags that there are; see --help';

/** Runs what the command line asks for; resolves with the exit code, or with none to go on. */
export async function run(
  parameters: readonly string[],
  environment: Environment,
): Promise<number | undefined> {
  try {
    const { command, help, ...given } = parse(parameters);
    if (help) {
      console.log(helpText());
      return 0;
    }
    const configPath = given.configPath ?? (environment.BALANCER_CONFIG || undefined);
    await command.run({ ...given, configPath, environment });
    return undefined;
  } catch (error) {
    console.error(error instanceof BalancerError ? `balancer: ${error.message}` : error);
    return 1;
  }
}

interface CommandLine extends Pick<CommandInput, 'configPath' | 'operands' | 'flags'> {
  readonly command: Command;
  readonly help: boolean;
}

function parse(parameters: readonly string[]): CommandLine {
  let parsed: ReturnType<typeof parseFlags>;
  try {
    parsed = parseFlags(parameters);
  } catch (error) {
    // What Node says of it names the flag, and goes on with advice about positional arguments.
    const [what = ''] = (error as Error).message.split('. ', 1);
    throw new OptionError('the command line', parameters.join(' '), `${FLAGS} (${what})`);
  }
  const [name = 'serve', ...operands] = parsed.positionals;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const { config: configPath, help = false, ...others } = parsed.values;
  if (command === undefined) {
    const expected = `one of ${Object.keys(COMMANDS).join(', ')}; see --help`;
    throw new OptionError('the command', parsed.positionals.join(' '), expected);
  }
  const wanted = command.operands ?? [];
  if (operands.length !== wanted.length && !help) {
    throw new OptionError('the command', parsed.positionals.join(' '), [name, ...wanted].join(' '));
  }
  const flags = others as Readonly<Record<string, string>>;
  for (const [flag, value] of Object.entries(flags)) {
    if (command.flags?.[flag] === undefined) {
      throw new OptionError(`--${flag}`, value, `nothing: ${name} does not take it; see --help`);
    }
    if (value === '') throw new OptionError(`--${flag}`, value, command.flags[flag]);
  }
  if (configPath === '') throw new OptionError('--config', configPath, 'the path of a file');
  return { command, configPath, help, operands, flags };
}

function parseFlags(parameters: readonly string[]) {
  const own = Object.values(COMMANDS).flatMap(({ flags = {} }) => Object.keys(flags));
  return parseArgs({
    args: [...parameters],
    options: {
      ...Object.fromEntries(own.map((flag) => [flag, { type: 'string' }] as const)),
      config: { type: 'string', short: 'c' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  });
}

function helpText(): string {
  const rows = Object.entries(COMMANDS).flatMap(([name, { help, operands = [], flags = {} }]) => [
    `  ${name.padEnd(8)}${[...operands, help].join(': ')}`,
    ...Object.entries(flags).map(([flag, meaning]) => `    --${flag.padEnd(15)}${meaning}`),
  ]);
  return `understudy-balancer [command] [--config file]

${rows.join('\n')}

  --config, -c  a YAML file; also BALANCER_CONFIG. The environment wins over it
  --help, -h    this text`;
}
