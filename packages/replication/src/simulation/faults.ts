import type { PartitionMode } from './network.js';
import type { Random } from './random.js';

/** One fault of a schedule. Times are true time; everything is over when `untilMs` has passed. */
export type Fault =
  | {
      readonly kind: 'crash';
      readonly node: string;
      readonly atMs: number;
      readonly untilMs: number;
    }
  | {
      readonly kind: 'pause';
      readonly node: string;
      readonly atMs: number;
      readonly untilMs: number;
    }
  | {
      readonly kind: 'drain';
      readonly node: string;
      readonly atMs: number;
      readonly untilMs: number;
    }
  | {
      readonly kind: 'cut';
      readonly node: string;
      readonly atMs: number;
      readonly untilMs: number;
      readonly clientNoticesMs: number;
      readonly brokerNoticesMs: number;
    }
  | {
      readonly kind: 'partition';
      readonly side: readonly string[];
      readonly mode: PartitionMode;
      readonly atMs: number;
      readonly untilMs: number;
      readonly lateMs: number;
    };

export const PROFILES = [
  'calm',
  'kill',
  'pause',
  'partition',
  'bus',
  'rolling',
  'everything',
] as const;
export type Profile = (typeof PROFILES)[number];

/**
 * After a fault the copies are complete again within this: found out, taken over, copied. Profiles
 * with one kind of fault wait as long between two, so that nothing may be lost in them.
 */
export const EXPOSURE_MS = 8000;

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
    faults.push(...made);
    const endMs = Math.max(...made.map((fault) => fault.untilMs));
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
      return [{ kind: 'crash', node, atMs, untilMs: atMs + random.between(100, 6000) }];
    case 'pause':
      return [{ kind: 'pause', node, atMs, untilMs: atMs + random.between(50, 7000) }];
    case 'rolling':
      return [{ kind: 'drain', node, atMs, untilMs: atMs + random.between(500, 3000) }];
    case 'bus':
      return makeBusFaults(nodes, random, atMs);
    case 'partition':
      return [makePartition(nodes, random, atMs)];
    default: {
      const one = random.pick(['kill', 'kill', 'pause', 'rolling', 'bus', 'partition'] as const);
      return makeFaults(one, nodes, random, atMs);
    }
  }
}

/** One node loses the broker, or the broker restarts and everybody does. */
function makeBusFaults(nodes: readonly string[], random: Random, atMs: number): Fault[] {
  const lasting = random.between(20, 6000);
  const hard = random.chance(0.5);
  const cut = (node: string): Fault => ({
    kind: 'cut',
    node,
    atMs: atMs + random.between(0, 5),
    untilMs: atMs + lasting + random.between(0, 500),
    clientNoticesMs: hard ? random.between(0, 5) : random.between(500, 3000),
    brokerNoticesMs: hard ? random.between(0, 5) : random.between(500, 5000),
  });
  return random.chance(0.3) ? nodes.map(cut) : [cut(random.pick(nodes))];
}

function makePartition(nodes: readonly string[], random: Random, atMs: number): Fault {
  const size = 1 + random.below(Math.max(1, nodes.length - 2));
  return {
    kind: 'partition',
    side: random.shuffle(nodes).slice(0, size),
    mode: random.pick(['late', 'overtaken', 'lost'] as const),
    atMs,
    untilMs: atMs + random.between(200, 8000),
    lateMs: random.chance(0.5) ? random.between(0, 500) : random.between(500, 30_000),
  };
}
