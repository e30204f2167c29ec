import { randomBytes } from 'node:crypto';
import { cookieSecretsOf } from '../config/read-config.js';
import type { Config } from '../config/schema.js';
import { workerCount } from '../config/sections/workers.js';
import { busDirectory } from '../directory/bus-directory.js';
import { joinedDirectory } from '../directory/joined-directory.js';
import type { NodeDirectory } from '../directory/node-directory.js';
import { type StaticDirectory, staticDirectory } from '../directory/static-directory.js';
import { BalancerError } from '../errors.js';
import type { BalancerOptions, BoundOptions } from '../options.js';
import { startBalancer } from '../start-balancer.js';
import { isWorker, runWorker } from '../workers/run-worker.js';
import { type Served, startPrimary } from '../workers/start-primary.js';
import type { CommandInput } from './command.js';
import { type LoadedConfig, loadConfig } from './load-config.js';
import { restartNeeded } from './restart-needed.js';
import { tellUnknownVariables } from './tell-unknown.js';

const LINGER_MS = 3_000;

/** Runs the balancer until it is told to stop. */
export async function serve({ configPath, environment }: CommandInput): Promise<void> {
  if (isWorker()) return runWorker();
  const ignoreSigint = environment.UNDERSTUDY_IGNORE_SIGINT === '1';
  // Before anything is waited for: signals may come at any time, and by default end the process.
  if (ignoreSigint) process.on('SIGINT', () => {});
  let isStale = false;
  let onHangUp = (): void => {
    isStale = true;
  };
  process.on('SIGHUP', () => onHangUp());
  tellUnknownVariables(environment);
  const loaded = await loadConfig(configPath, environment);
  const list = staticDirectory(loaded.nodes);
  const directory = await openDirectory(loaded, list);
  const balancer: Served = await start({ directory, ...optionsOf(loaded) }, loaded);
  onHangUp = reloader({ load: () => loadConfig(configPath, environment), loaded, list, balancer });
  if (isStale) onHangUp();
  stopOnSignals(balancer, ignoreSigint);
  process.on('SIGUSR2', () => {
    if (!balancer.replaceWorkers()) console.error('balancer: there are no workers to replace');
  });
  console.log(`balancer listening on ${balancer.url}, admin ${balancer.adminUrl}`);
}

async function start(options: BalancerOptions, { config }: LoadedConfig): Promise<Served> {
  const workers = workerCount(config.workers);
  if (workers > 1) {
    return startPrimary({ options, workers, tell: (news) => console.error(`balancer: ${news}`) });
  }
  return { ...(await startBalancer(options)), replaceWorkers: () => false };
}

/** What is sent to workers, too: nothing of the bus. */
function optionsOf(loaded: LoadedConfig): Omit<BalancerOptions, 'directory'> {
  const { listen, admin, affinity, assignment, cookie, accessLog, ...config } = loaded.config;
  return {
    ...{ host: listen.host, port: listen.port, adminHost: admin.host, adminPort: admin.port },
    ...{ adminToken: admin.token, affinity, assignment, accessLog },
    cookie: { ...cookie, secrets: cookieSecretsOf(loaded.config) },
    ...{ proxyProtocol: config.proxyProtocol, forwarded: config.forwarded },
    ...boundsOf(loaded),
  };
}

function boundsOf({ config, tls }: LoadedConfig): BoundOptions {
  const { health, circuit, limits, timeouts, rateLimit, boundedLoad, slowStart, rehoming } = config;
  const bounds = { health, circuit, limits, timeouts, rateLimit, boundedLoad, slowStart, rehoming };
  // Workers on one port resume what another of them began, until certificates are read again.
  const shared = tls && workerCount(config.workers) > 1 ? { ticketKeys: randomBytes(48) } : {};
  return { ...bounds, tls: tls && { ...tls, ...shared } };
}

/** Without a list the nodes are on the bus alone, and there is nothing to serve before it is. */
async function openDirectory(
  { config, nodes }: LoadedConfig,
  list: StaticDirectory,
): Promise<NodeDirectory> {
  const { servers, ...bus } = config.bus;
  if (servers === undefined) return list;
  const onWaiting = (detail: string): void => console.error(detail);
  const opening = busDirectory({ ...bus, servers, onWaiting });
  if (nodes.length === 0) await opening;
  opening.catch((error) => console.error(`balancer: only listed nodes are used: ${error}`));
  return joinedDirectory(list, opening);
}

interface Reload {
  readonly load: () => Promise<LoadedConfig>;
  readonly loaded: LoadedConfig;
  readonly list: StaticDirectory;
  readonly balancer: Served;
}

/** Reads the configuration again, one time after another however fast the signals come. */
function reloader({ load, loaded, list, balancer }: Reload): () => void {
  const started: Config = loaded.config;
  let last = Promise.resolve();
  const reload = async (): Promise<void> => {
    try {
      const next = await load();
      list.replace(next.nodes);
      balancer.reconfigure(boundsOf(next));
      for (const key of restartNeeded(started, next.config)) {
        console.error(`balancer: ${key} has changed and takes effect with the next start`);
      }
      console.log('balancer: configuration reloaded');
    } catch (error) {
      const reason = error instanceof BalancerError ? error.message : String(error);
      console.error(`balancer: configuration not reloaded, the former one stays: ${reason}`);
    }
  };
  return () => {
    last = last.then(reload);
  };
}

function stopOnSignals(balancer: Served, ignoreSigint: boolean): void {
  let stopping = false;
  const stop = (): void => {
    // A second signal means that whoever sends it does not want to wait.
    if (stopping) process.exit(1);
    stopping = true;
    // A bus that is gone may keep its client from closing.
    setTimeout(() => process.exit(0), balancer.timeouts.stopMs + LINGER_MS);
    void balancer.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  if (!ignoreSigint) process.on('SIGINT', stop);
}
