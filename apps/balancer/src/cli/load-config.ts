import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { describeFault, environmentName, type Fault } from '../config/field.js';
import { type Environment, readConfig, readNodesFile } from '../config/read-config.js';
import type { Config } from '../config/schema.js';
import { type StaticNode, staticDirectory } from '../directory/static-directory.js';
import type { TlsOptions } from '../edge/certificates.js';
import { ConfigError, OptionError } from '../errors.js';
import { loadCertificates } from './load-certificates.js';

export interface LoadedConfig {
  readonly config: Config;
  /** `nodes` and what is in `nodesFile`. */
  readonly nodes: readonly StaticNode[];
  /** What the files of `tls` hold; undefined without them. */
  readonly tls: TlsOptions | undefined;
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
  // A path in the file is meant from where the file lies.
  const pathOf = (named: string, ...key: string[]): string => {
    const isOfFile = path !== undefined && !environment[environmentName(...key)];
    return isOfFile ? resolve(dirname(path), named) : named;
  };
  const { tls, ...certificates } = await loadCertificates(config.tls, (key, named) =>
    pathOf(named, 'tls', key),
  );
  if (certificates.faults.length > 0) throw failure(certificates.faults);
  const listed = config.nodes ?? [];
  if (config.nodesFile === undefined) return { config, nodes: listed, tls };
  const nodesPath = pathOf(config.nodesFile, 'nodesFile');
  const more = readNodesFile(await textOf(nodesPath), nodesPath);
  if (more.faults.length > 0) throw failure(more.faults);
  return { config, nodes: together(listed, more.nodes), tls };
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
