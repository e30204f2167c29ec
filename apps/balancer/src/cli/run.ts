import { parseArgs } from 'node:util';
import type { Environment } from '../config/read-config.js';
import { BalancerError, OptionError } from '../errors.js';
import { check } from './check.js';
import type { Command } from './command.js';
import { serve } from './serve.js';

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: { help: 'run the balancer; what is done without a command', run: serve },
  check: { help: 'say whether the configuration is sound, and exit with 0 or 1', run: check },
};

/** Runs what the command line asks for; resolves with the exit code, or with none to go on. */
export async function run(
  parameters: readonly string[],
  environment: Environment,
): Promise<number | undefined> {
  try {
    const { command, configPath, help } = parse(parameters);
    if (help) {
      console.log(helpText());
      return 0;
    }
    await command.run({
      configPath: configPath ?? (environment.BALANCER_CONFIG || undefined),
      environment,
    });
    return undefined;
  } catch (error) {
    console.error(error instanceof BalancerError ? `balancer: ${error.message}` : error);
    return 1;
  }
}

function parse(parameters: readonly string[]) {
  let parsed: ReturnType<typeof parseFlags>;
  try {
    parsed = parseFlags(parameters);
  } catch (error) {
    throw new OptionError('the command line', parameters.join(' '), `${(error as Error).message}`);
  }
  const [name = 'serve', ...rest] = parsed.positionals;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined || rest.length > 0) {
    const expected = `one of ${Object.keys(COMMANDS).join(', ')}; see --help`;
    throw new OptionError('the command', parsed.positionals.join(' '), expected);
  }
  const { config: configPath, help } = parsed.values;
  if (configPath === '') throw new OptionError('--config', configPath, 'the path of a file');
  return { command, configPath, help };
}

function parseFlags(parameters: readonly string[]) {
  return parseArgs({
    args: [...parameters],
    options: { config: { type: 'string', short: 'c' }, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
}

function helpText(): string {
  const rows = Object.entries(COMMANDS).map(([name, { help }]) => `  ${name.padEnd(8)}${help}`);
  return `understudy-balancer [command] [--config file]

${rows.join('\n')}

  --config, -c  a YAML file; also BALANCER_CONFIG. The environment wins over it
  --help, -h    this text`;
}
