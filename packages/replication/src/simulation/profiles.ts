import { EXPOSURE_MS, type Fault, lateMsOf } from './faults.js';
import type { Random } from './random.js';

export const PROFILES = [
  'calm',
  'kill',
  'pause',
  'partition',
  'bus',
  'broker',
  'rolling',
  'joins',
  'skew',
  'swizzle',
  'everything',
  'sides',
  'stumble',
] as const;
export type Profile = (typeof PROFILES)[number];

const LANE_CHOICES = [
  ['control', 'replication', 'bulk'],
  ['control', 'replication', 'bulk'],
  ['control'],
  ['replication'],
] as const;

/** Nothing is later than the engine allows for; see `LIMITS.lateMessageMs`. */
const LATEST_MS = 50_000;

/** The faults of one seed, decided before it starts, so that one can be left out and run again. */
export function scheduleFaults(
  profile: Profile,
  nodes: readonly string[],
  random: Random,
  fromMs: number,
  untilMs: number,
): Fault[] {
  const faults: Fault[] = [];
  let atMs = fromMs + random.between(0, 2000);
  if (profile === 'calm') return faults;
  while (atMs < untilMs) {
    const made = makeFaults(profile, nodes, random, atMs).map((fault) => endBy(fault, untilMs));
    faults.push(...made.filter((fault) => fault.atMs < untilMs));
    const endMs = Math.max(...made.map((fault) => fault.untilMs + Math.min(1000, lateMsOf(fault))));
    atMs = profile === 'everything' ? atMs + random.between(100, 4000) : endMs + EXPOSURE_MS;
  }
  return faults;
}

function endBy(fault: Fault, untilMs: number): Fault {
  return fault.untilMs > untilMs ? { ...fault, untilMs } : fault;
}

function makeFaults(
  profile: Profile,
  nodes: readonly string[],
  random: Random,
  atMs: number,
): Fault[] {
  const node = random.pick(nodes);
  switch (profile) {
    case 'kill':
      return [makeCrash(node, random, atMs)];
    case 'pause':
      return [{ kind: 'pause', node, atMs, untilMs: atMs + random.between(50, 7000) }];
    case 'rolling':
      return [{ kind: 'drain', node, atMs, untilMs: atMs + random.between(500, 3000) }];
    case 'bus':
      return makeBusFaults(nodes, random, atMs);
    case 'broker':
      return [makeBrokerFault(random, atMs)];
    case 'partition':
      return [makePartition(nodes, random, atMs)];
    case 'joins':
      return makeJoins(nodes, random, atMs);
    case 'skew':
      return [makeLeap(node, random, atMs)];
    case 'sides':
      return makeSides(nodes, random, atMs);
    case 'stumble':
      return makeStumble(nodes, random, atMs);
    case 'swizzle':
      return makeSwizzle(nodes, random, atMs);
    default:
      return makeFaults(random.pick(ANY), nodes, random, atMs);
  }
}

const ANY = [
  'kill',
  'kill',
  'kill',
  'pause',
  'pause',
  'rolling',
  'bus',
  'broker',
  'partition',
  'joins',
  'skew',
  'swizzle',
] as const satisfies readonly Profile[];

function makeCrash(node: string, random: Random, atMs: number): Fault {
  const on = random.chance(0.5)
    ? random.pick(['replicate', 'replicated', 'result', 'call', 'claim', 'claimed'] as const)
    : undefined;
  return { kind: 'crash', node, atMs, untilMs: atMs + random.between(100, 6000), on };
}

/** One node loses its connections or one of them, or all do because a machine in between is gone. */
function makeBusFaults(nodes: readonly string[], random: Random, atMs: number): Fault[] {
  const lasting = random.between(20, 6000);
  const hard = random.chance(0.5);
  const lanes = random.pick(LANE_CHOICES);
  const cut = (node: string): Fault => ({
    kind: 'cut',
    node,
    lanes,
    atMs: atMs + random.between(0, 5),
    untilMs: atMs + lasting + random.between(0, 500),
    clientNoticesMs: hard ? random.between(0, 5) : random.between(500, 3000),
    brokerNoticesMs: hard ? random.between(0, 5) : random.between(500, 5000),
    interestMs: random.chance(0.3) ? random.between(0, 300) : 0,
  });
  return random.chance(0.3) ? nodes.map(cut) : [cut(random.pick(nodes))];
}

function makeBrokerFault(random: Random, atMs: number): Fault {
  if (random.chance(0.4)) {
    const untilMs = atMs + random.between(50, 6000);
    return { kind: 'broker-freeze', atMs, untilMs, noticeMs: random.between(1500, 3000) };
  }
  return {
    kind: 'broker-crash',
    atMs,
    untilMs: atMs + random.between(20, 5000),
    spreadMs: random.pick([20, 200, 2000]),
    interestMs: random.pick([0, 20, 500]),
  };
}

function makePartition(nodes: readonly string[], random: Random, atMs: number): Fault {
  const size = 1 + random.below(Math.max(1, nodes.length - 2));
  const side = random.shuffle(nodes).slice(0, size);
  const mode = random.pick(['late', 'overtaken', 'lost'] as const);
  const untilMs = atMs + random.between(200, 8000);
  const lateMs = random.chance(0.5) ? random.between(0, 500) : random.between(500, LATEST_MS);
  return { kind: 'partition', side, oneWay: random.chance(0.25), mode, atMs, untilMs, lateMs };
}

/** A partition, and perhaps a node that leaves its side meanwhile: the rest of the side goes on. */
function makeSides(nodes: readonly string[], random: Random, atMs: number): Fault[] {
  const partition = makePartition(nodes, random, atMs);
  if (random.chance(0.4)) return [partition];
  const lastingMs = partition.untilMs - atMs;
  const fromMs = atMs + random.between(0, lastingMs / 2);
  const node = random.pick(nodes);
  return [partition, { kind: 'drain', node, atMs: fromMs, untilMs: fromMs + 500 }];
}

/**
 * A node is stopped for so long that copies are made elsewhere, not for so long that it is given up,
 * and another one crashes before it can tell: what the first goes on with is older than what others
 * have.
 */
function makeStumble(nodes: readonly string[], random: Random, atMs: number): Fault[] {
  const [stopped = '', crashed = ''] = random.shuffle(nodes);
  const untilMs = atMs + random.between(500, 2500);
  const crashMs = random.between(atMs + 450, untilMs + 50);
  return [
    { kind: 'pause', node: stopped, atMs, untilMs },
    { kind: 'crash', node: crashed, atMs: crashMs, untilMs: crashMs + random.between(2000, 6000) },
  ];
}

/** From a few nodes to twice as many and back. */
function makeJoins(nodes: readonly string[], random: Random, atMs: number): Fault[] {
  const untilMs = atMs + random.between(2000, 6000);
  return Array.from({ length: 1 + random.below(5) }, (_, index) => ({
    kind: 'join',
    node: `n${nodes.length + 1 + index}`,
    atMs: atMs + random.between(0, random.pick([20, 2000])),
    untilMs: untilMs + random.between(0, 1500),
  }));
}

function makeLeap(node: string, random: Random, atMs: number): Fault {
  const leapMs = random.chance(0.5) ? random.between(50, 1000) : random.between(1000, 10_000);
  return { kind: 'leap', node, atMs, untilMs: atMs + 10, leapMs };
}

/** Some nodes are clogged one by one and unclogged in another order (FoundationDB's swizzling). */
function makeSwizzle(nodes: readonly string[], random: Random, atMs: number): Fault[] {
  const chosen = random.shuffle(nodes).slice(0, 1 + random.below(nodes.length));
  const apartMs = random.pick([5, 100, 800]);
  const starts = chosen.map((_, index) => atMs + index * random.between(0, apartMs));
  const clearMs = Math.max(...starts) + random.between(10, 2500);
  const order = random.shuffle(chosen);
  return chosen.map((node, index) => ({
    kind: 'clog',
    node,
    atMs: starts[index] ?? atMs,
    untilMs: clearMs + order.indexOf(node) * random.between(0, apartMs),
  }));
}
