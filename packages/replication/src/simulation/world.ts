import { FrameCodec } from '../codec/frame-codec.js';
import type { CoreNotice } from '../core/events.js';
import type { Timings } from '../core/timings.js';
import type { LossReport, Mismatch } from './checker/evidence.js';
import type { Fault } from './faults.js';
import { History } from './history.js';
import { Inflictor } from './inflict.js';
import { Monitor } from './monitor.js';
import { Network } from './network.js';
import { Random } from './random.js';
import { Scheduler } from './scheduler.js';
import { type ProcessHost, SimProcess } from './sim-process.js';
import { SimTier, type SimTierShape } from './sim-tier.js';
import type { Trace } from './trace.js';

export interface WorldSettings {
  readonly nodes: readonly string[];
  readonly backups: number;
  /** Default: there is none. */
  readonly tier?: SimTierShape | undefined;
  readonly timings: Timings;
  /** How much faster or slower than true time a clock may run, as a fraction. */
  readonly drift: number;
  /** Sessions are written into on all sides of a partition, whatever else happens. */
  readonly writesOnSides: boolean;
}

/** A place for one process after another, as a supervisor sees it. */
export interface Slot {
  readonly id: string;
  process: SimProcess | undefined;
  /** A fault has this node now; the next one for it is left out. */
  busy: boolean;
}

/** Nodes, broker, virtual time and the faults between them. */
export class World implements ProcessHost {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly codec = new FrameCodec('simulation');
  readonly history = new History();
  readonly slots: Slot[];
  readonly tier: SimTier | undefined;
  readonly defects: { readonly atMs: number; readonly node: string; readonly text: string }[] = [];
  readonly untold = new Set<string>();
  /** What the nodes reported as lost, for the checker. */
  readonly reports: LossReport[] = [];
  /** Differences that the nodes found when they compared what they hold. */
  readonly mismatches: Mismatch[] = [];
  /** What really happened, for the checker's excuses. */
  readonly faults: Fault[] = [];
  readonly #processes: Random;
  readonly monitor: Monitor;
  readonly #inflictor: Inflictor;

  constructor(
    readonly random: Random,
    readonly settings: WorldSettings,
    readonly trace: Trace,
  ) {
    this.scheduler = new Scheduler(random.stream('ties'));
    this.#processes = random.stream('processes');
    const shape = random.stream('network shape');
    this.network = new Network(this.scheduler, random.stream('network'), {
      minDelayMs: 0.1,
      maxDelayMs: shape.pick([0.5, 2, 10]),
      spikeMs: shape.pick([20, 60, 300]),
      spikeChance: shape.pick([0, 0.01, 0.05]),
      falseHintChance: shape.pick([0, 0.0005, 0.005]),
      duplicateChance: shape.pick([0, 0, 0.01]),
      socketBytes: shape.pick([8192, 65_536, 1_048_576]),
      writeDeadlineMs: shape.pick([250, 1000, 2000]),
    });
    this.tier = settings.tier && new SimTier(this.scheduler, random.stream('tier'), settings.tier);
    this.#inflictor = new Inflictor(this, random.stream('inflictor'));
    this.monitor = new Monitor(this);
    this.slots = settings.nodes.map((id) => ({ id, process: undefined, busy: false }));
  }

  get processes(): SimProcess[] {
    return this.slots.flatMap(({ process }) => (process?.alive ? [process] : []));
  }

  /** The place of that name; made when a node joins that was never there. */
  slotOf(id: string): Slot {
    const found = this.slots.find((slot) => slot.id === id);
    if (found) return found;
    const slot: Slot = { id, process: undefined, busy: false };
    this.slots.push(slot);
    return slot;
  }

  /** A new process; it comes up once it can connect. */
  start(slot: Slot): void {
    const waitMs = this.#inflictor.brokerBackMs - this.scheduler.nowMs;
    if (waitMs > 0) {
      this.scheduler.after(waitMs + this.random.stream('late starts').between(1, 50), () =>
        this.start(slot),
      );
      return;
    }
    const { id } = slot;
    const random = this.#processes.stream(`${id}/${this.scheduler.nowMs}`);
    const { backups, timings, drift, tier } = this.settings;
    slot.process = new SimProcess(
      id,
      this,
      random,
      {
        id,
        label: id,
        weight: 1,
        backups,
        onIsolation: 'serve',
        timings,
        tier: tier?.settings,
      },
      { offsetMs: random.between(0, 1_000_000), drift: random.between(-drift, drift) },
    );
  }

  behind(key: string): void {
    this.untold.add(key);
  }

  defect(node: string, text: string): void {
    this.defects.push({ atMs: this.scheduler.nowMs, node, text });
  }

  notice(node: string, notice: CoreNotice): void {
    const atMs = this.scheduler.nowMs;
    if (notice.kind === 'digest-mismatch') {
      this.mismatches.push({ atMs, node, peer: notice.peer, part: notice.part });
    }
    if (notice.kind !== 'superseded' && notice.kind !== 'limit') return;
    this.reports.push({ atMs, node, notice });
  }

  schedule(faults: readonly Fault[]): void {
    this.#inflictor.schedule(faults);
  }

  note(fault: Fault): void {
    this.faults.push(fault);
    this.trace.add(this.scheduler.nowMs, 'fault', JSON.stringify(fault));
  }
}
