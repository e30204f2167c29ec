import { describeFault, type Fault } from '../config/field.js';
import { cookieSecretsOf } from '../config/read-config.js';
import type { Config } from '../config/schema.js';
import { affinityFor } from '../config/sections/affinity.js';
import { readNodes } from '../config/sections/nodes.js';
import { busDirectory } from '../directory/bus-directory.js';
import { joinNodes } from '../directory/joined-directory.js';
import type { BalancerNode, NodeDirectory } from '../directory/node-directory.js';
import { type StaticNode, staticDirectory } from '../directory/static-directory.js';
import { BusSilentError, ConfigError } from '../errors.js';
import type { EdgeNode, EdgeOptions } from '../export/edge-fleet.js';
import { exportEdge } from '../export/export-edge.js';
import { hostAndPort } from '../host-and-port.js';
import { within } from '../within.js';
import type { Command, CommandInput } from './command.js';
import { loadConfig } from './load-config.js';

/** Longest wait for the bus, and then for the first node on it. */
const BUS_MS = 10_000;
/** All nodes of a cluster tell of themselves several times in this. */
const HEARD_ALL_MS = 1_500;

export const exportCommand: Command = {
  help: 'write the configuration of another proxy to standard output',
  operands: ['haproxy|nginx|envoy|k8s'],
  flags: {
    nodes: 'label=url,label=url; instead of those of the configuration',
    bus: 'nats://host:port; instead of that of the configuration',
    listen: 'host:port for clients; default: as the configuration has it',
    'nginx-version': 'to write for; default 1.22',
  },
  run: runExport,
};

/** @throws ConfigError, OptionError, ExportError, BusSilentError; nothing was written then. */
async function runExport({ operands, flags, configPath, environment }: CommandInput) {
  const { nodes: list, bus, listen, 'nginx-version': nginxVersion } = flags;
  const fleet: EdgeOptions =
    list === undefined
      ? await configured(configPath, bus === undefined ? environment : withBus(environment, bus))
      : { nodes: nodesIn(list) };
  if (list !== undefined && configPath !== undefined) {
    console.error(`balancer: with --nodes nothing of ${configPath} is used`);
  }
  const text = exportEdge(operands[0] ?? '', {
    ...fleet,
    listen: listen ?? fleet.listen,
    nginxVersion,
    onNote: (note) => console.error(`balancer: ${note}`),
  });
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

function nodesIn(list: string): readonly StaticNode[] {
  const faults: Fault[] = [];
  const from = { where: '', value: list };
  const nodes = readNodes(from, '--nodes', (fault) => void faults.push(fault));
  if (nodes === undefined || faults.length > 0) throw new ConfigError(faults.map(describeFault));
  return nodes;
}

function withBus(environment: CommandInput['environment'], bus: string) {
  return { ...environment, BALANCER_BUS_SERVERS: bus, UNDERSTUDY_BUS: bus };
}

/** The nodes that a start with this configuration would see. */
async function configured(
  configPath: string | undefined,
  environment: CommandInput['environment'],
): Promise<EdgeOptions> {
  const { config, nodes } = await loadConfig(configPath, environment);
  const routing = routingOf(config);
  const { servers, ...bus } = config.bus;
  if (servers === undefined) return { ...routing, nodes };
  const onBus = await membersOf(busDirectory({ ...bus, servers, onWaiting: console.error }));
  return { ...routing, nodes: reachable(joinNodes(staticDirectory(nodes).nodes(), onBus)) };
}

/** How the balancer would route. What it believes of proxies in front is not written. */
function routingOf(config: Config): Omit<EdgeOptions, 'nodes'> {
  const { listen, assignment, boundedLoad, cookie, slowStart, rehoming, forwarded, proxyProtocol } =
    config;
  const left = {
    'slowStart.durationMs': slowStart.durationMs > 0,
    'rehoming.sessionsPerSecond': rehoming.sessionsPerSecond > 0,
    'forwarded.trusted': forwarded.trusted.length > 0,
    'proxyProtocol.trusted': proxyProtocol.trusted.length > 0,
  };
  for (const [key, isSet] of Object.entries(left)) {
    if (isSet) console.error(`balancer: ${key} is not written`);
  }
  return {
    listen: hostAndPort(listen.host, listen.port),
    affinity: affinityFor(config.affinity, assignment),
    assignment: assignment === 'sticky' ? 'p2c' : assignment,
    boundedLoad,
    cookie: { ...cookie, secrets: cookieSecretsOf(config) },
  };
}

/** Everyone who is heard within a while; a node that joins later needs another run. */
async function membersOf(opening: Promise<NodeDirectory>): Promise<readonly BalancerNode[]> {
  const silent = (what: string) => () => new BusSilentError(what, BUS_MS);
  const directory = await within(BUS_MS, opening, silent('no bus was reached'));
  try {
    await within(BUS_MS, firstNode(directory), silent('nobody was heard on the bus'));
    await new Promise((resolve) => setTimeout(resolve, HEARD_ALL_MS));
    return directory.nodes();
  } finally {
    await directory.close();
  }
}

function firstNode(directory: NodeDirectory): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (directory.nodes().length > 0) resolve();
    };
    directory.onChange(look);
    look();
  });
}

/** The dead, and those that do not say where they are, cannot be told to another proxy. */
function reachable(nodes: readonly BalancerNode[]): EdgeNode[] {
  return nodes.flatMap(({ label, url, state, weight }) => {
    if (state !== 'dead' && url !== undefined) return [{ label, url, weight }];
    console.error(`balancer: ${label} is left out: ${url ? 'it is dead' : 'it has no address'}`);
    return [];
  });
}
