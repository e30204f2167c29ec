import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { describeFault, environmentName, type Fault } from '../config/field.js';
import { type Environment, readConfig, readNodesFile } from '../config/read-config.js';
import type { Config } from '../config/schema.js';
import { ADMIN } from '../config/sections/admin.js';
import { type StaticNode, staticDirectory } from '../directory/static-directory.js';
import type { TlsOptions } from '../edge/certificates.js';
import { ConfigError, OptionError } from '../errors.js';
import { findBusFiles } from './bus-files.js';
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
  const read = readConfig({ file, environment });
  if (read.config === undefined) throw failure(read.faults);
  const placeIn = (section: string) => (key: string, named: string) =>
    placeOf(named, path, environment[environmentName(section, key)]);
  const { tls, faults } = await loadCertificates(read.config.tls, placeIn('tls'));
  const { bus, faults: busFaults } = await findBusFiles(read.config.bus, placeIn('bus'));
  if (faults.length + busFaults.length > 0) throw failure([...faults, ...busFaults]);
  const withPaths = withLogPath({ ...read.config, bus }, path, environment);
  const config = await withToken(withPaths, path, environment);
  const listed = config.nodes ?? [];
  if (config.nodesFile === undefined) return { config, nodes: listed, tls };
  const nodesPath = placeOf(config.nodesFile, path, environment.BALANCER_NODES_FILE);
  const more = readNodesFile(await textOf(nodesPath), nodesPath);
  if (more.faults.length > 0) throw failure(more.faults);
  return { config, nodes: together(listed, more.nodes), tls };
}

/** What is in `admin.tokenFile` takes the place of a token in the configuration. */
async function withToken(
  config: Config,
  path: string | undefined,
  environment: Environment,
): Promise<Config> {
  const { tokenFile } = config.admin;
  if (tokenFile === undefined) return config;
  const where = placeOf(tokenFile, path, environment.BALANCER_ADMIN_TOKEN_FILE);
  const faults: Fault[] = [];
  const value = (await textOf(where)).trim();
  const token = ADMIN.fields.token.read({ where, value }, 'admin.token', (fault) => {
    faults.push(fault);
  });
  if (faults.length > 0) throw failure(faults);
  return { ...config, admin: { ...config.admin, token } };
}

function withLogPath(config: Config, path: string | undefined, environment: Environment): Config {
  const { accessLog } = config;
  if (accessLog === 'off' || accessLog === 'stdout') return config;
  return { ...config, accessLog: placeOf(accessLog, path, environment.BALANCER_ACCESS_LOG) };
}

/** A path in the file is meant from where the file lies, one in the environment as it is. */
function placeOf(path: string, configPath: string | undefined, inEnvironment: string | undefined) {
  return configPath === undefined || inEnvironment ? path : resolve(dirname(configPath), path);
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
