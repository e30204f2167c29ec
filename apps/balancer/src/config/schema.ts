import type { SchemaValues } from './field.js';
import { ACCESS_LOG } from './sections/access-log.js';
import { ADMIN } from './sections/admin.js';
import { AFFINITY } from './sections/affinity.js';
import { ASSIGNMENT } from './sections/assignment.js';
import { BUS } from './sections/bus.js';
import { CIRCUIT } from './sections/circuit.js';
import { COOKIE } from './sections/cookie.js';
import { FORWARDED, PROXY_PROTOCOL } from './sections/forwarded.js';
import { HEALTH } from './sections/health.js';
import { LIMITS } from './sections/limits.js';
import { LISTEN } from './sections/listen.js';
import { NODES, NODES_FILE } from './sections/nodes.js';
import { RATE_LIMIT } from './sections/rate-limit.js';
import { BOUNDED_LOAD, REHOMING, SLOW_START } from './sections/spread.js';
import { TIMEOUTS } from './sections/timeouts.js';
import { TLS } from './sections/tls.js';
import { WORKERS } from './sections/workers.js';

/** Every key of the configuration. A feature adds a file to `sections/` and a line here. */
export const SCHEMA = {
  listen: LISTEN,
  tls: TLS,
  proxyProtocol: PROXY_PROTOCOL,
  forwarded: FORWARDED,
  rateLimit: RATE_LIMIT,
  admin: ADMIN,
  bus: BUS,
  nodes: NODES,
  nodesFile: NODES_FILE,
  affinity: AFFINITY,
  cookie: COOKIE,
  assignment: ASSIGNMENT,
  boundedLoad: BOUNDED_LOAD,
  slowStart: SLOW_START,
  rehoming: REHOMING,
  health: HEALTH,
  circuit: CIRCUIT,
  limits: LIMITS,
  timeouts: TIMEOUTS,
  accessLog: ACCESS_LOG,
  workers: WORKERS,
};

/** What a balancer was started with, every default filled in. */
export type Config = SchemaValues<typeof SCHEMA>;
