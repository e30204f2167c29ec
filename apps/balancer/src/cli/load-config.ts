import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { describeFault, type Fault } from '../config/field.js';
import { type Environment, readConfig, readNodesFile } from '../config/read-config.js';
import type { Config } from '../config/schema.js';
import { type StaticNode, staticDirectory } from '../directory/static-directory.js';
import { ConfigError, OptionError } from '../errors.js';

export interface LoadedConfig {
  readonly config: Config;
  /** `nodes` and what is in `nodesFile`. */
  readonly nodes: readonly StaticNode[];
}

/**
 * Reads the configuration from the environment and, if one is named, a file.
 *
 * @throws ConfigError with every fault there is; nothing was changed or opened.
 */
export async function loadConfig(
  path: string | undefined,
  environment: Environment,
): Promise<LoadedConfig> {
  const file = path === undefined ? undefined : { name: path, text: await textOf(path) };
  const { config, faults } = readConfig({ file, environment });
  if (config === undefined) throw failure(faults);
  const listed = config.nodes ?? [];
  if (config.nodesFile === undefined) return { config, nodes: listed };
  // A path in the file is meant from where the file lies.
  const isOfFile = path !== undefined && !environment.BALANCER_NODES_FILE;
  const nodesPath = isOfFile ? resolve(dirname(path), config.nodesFile) : config.nodesFile;
  const more = readNodesFile(await textOf(nodesPath), nodesPath);
  if (more.faults.length > 0) throw failure(more.faults);
  return { config, nodes: together(listed, more.nodes) };
}

/** The two lists may be sound each by itself and still name one node twice. */
function together(listed: readonly StaticNode[], more: readonly StaticNode[]) {
  const nodes = [...listed, ...more];
  try {
    staticDirectory(nodes);
  } catch (error) {
    throw error instanceof OptionError ? new ConfigError([error.message]) : error;
  }
  return nodes;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const expected = `a file that can be read (${code})`;
    throw failure([{ where: '', path, shown: 'unreadable', expected }]);
  }
}

function failure(faults: readonly Fault[]): ConfigError {
  return new ConfigError(faults.map(describeFault));
}
