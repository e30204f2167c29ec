import { FrameCodec } from '../codec/frame-codec.js';
import type { CoreNotice } from '../core/events.js';
import { TIMINGS } from '../core/timings.js';
import type { LossReport } from './checker/evidence.js';
import type { Fault } from './faults.js';
import { History } from './history.js';
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
  /** What really happened, for the checker's excuses. */
  readonly faults: Fault[] = [];
  readonly #processes: Random;
  #partitioned = false;

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
    });
    this.tier = settings.tier && new SimTier(this.scheduler, random.stream('tier'), settings.tier);
    this.slots = settings.nodes.map((id) => ({ id, process: undefined, busy: false }));
  }

  get processes(): SimProcess[] {
    return this.slots.flatMap(({ process }) => (process?.alive ? [process] : []));
  }

  start(slot: Slot): void {
    const { id } = slot;
    const random = this.#processes.stream(`${id}/${this.scheduler.nowMs}`);
    slot.process = new SimProcess(
      id,
      this,
      random,
      {
        id,
        label: id,
        weight: 1,
        backups: this.settings.backups,
        onIsolation: 'serve',
        timings: TIMINGS.local,
        tier: this.settings.tier?.settings,
      },
      random.between(0, 1_000_000),
    );
  }

  behind(key: string): void {
    this.untold.add(key);
  }

  defect(node: string, text: string): void {
    this.defects.push({ atMs: this.scheduler.nowMs, node, text });
  }

  notice(node: string, notice: CoreNotice): void {
    if (notice.kind !== 'superseded' && notice.kind !== 'limit') return;
    this.reports.push({ atMs: this.scheduler.nowMs, node, notice });
  }

  schedule(faults: readonly Fault[]): void {
    for (const fault of faults) this.scheduler.at(fault.atMs, () => this.#inflict(fault));
  }

  #inflict(fault: Fault): void {
    if (fault.kind === 'partition') {
      if (this.#partitioned) return;
      this.#partitioned = true;
      this.#note(fault);
      this.network.partition(new Set(fault.side), fault.mode);
      this.scheduler.at(fault.untilMs, () => {
        this.#partitioned = false;
        this.network.heal(fault.lateMs);
      });
      return;
    }
    const slot = this.slots.find(({ id }) => id === fault.node);
    const process = slot?.process;
    if (!slot || !process?.serves || slot.busy) return;
    slot.busy = true;
    this.#note(fault);
    switch (fault.kind) {
      case 'crash':
        process.kill();
        this.scheduler.at(fault.untilMs, () => this.#restart(slot));
        return;
      case 'pause':
        process.pause();
        this.scheduler.at(fault.untilMs, () => {
          process.resume();
          slot.busy = false;
        });
        return;
      case 'drain':
        process.drain(() => {
          process.leave();
          this.scheduler.after(fault.untilMs - fault.atMs, () => this.#restart(slot));
        });
        return;
      case 'cut':
        this.network.cut(process, fault.clientNoticesMs, fault.brokerNoticesMs);
        this.scheduler.at(fault.untilMs, () => {
          this.network.mend(process);
          slot.busy = false;
        });
        return;
    }
  }

  #restart(slot: Slot): void {
    slot.busy = false;
    this.start(slot);
  }

  #note(fault: Fault): void {
    this.faults.push(fault);
    this.trace.add(this.scheduler.nowMs, 'fault', JSON.stringify(fault));
  }
}
