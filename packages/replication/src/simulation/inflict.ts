import { around, muted, splitBy } from './barrier.js';
import { LANES } from './connection.js';
import type { Fault, FaultOf } from './faults.js';
import type { Random } from './random.js';
import type { SimProcess } from './sim-process.js';
import type { Slot, World } from './world.js';

/** A crash waits this long for the message it is to follow. */
const ARMED_MS = 3000;

/** Makes the faults of a schedule happen, and notes them as they really happened. */
export class Inflictor {
  #partitioned = false;
  #brokerBusy = false;
  /** Nobody can connect before. */
  brokerBackMs = 0;

  constructor(
    private readonly world: World,
    private readonly random: Random,
  ) {}

  schedule(faults: readonly Fault[]): void {
    for (const fault of faults) {
      this.world.scheduler.at(fault.atMs, () => this.#inflict(fault));
    }
  }

  #inflict(fault: Fault): void {
    switch (fault.kind) {
      case 'partition':
        this.#partition(fault);
        return;
      case 'broker-crash':
        this.#crashBroker(fault);
        return;
      case 'broker-freeze':
        this.#freezeBroker(fault);
        return;
      case 'join':
        this.#join(fault);
        return;
      default:
        this.#disturb(fault);
        return;
    }
  }

  #partition(fault: FaultOf<'partition'>): void {
    const { network, scheduler } = this.world;
    if (this.#partitioned) return;
    this.#partitioned = true;
    this.world.note(fault);
    const side = new Set(fault.side);
    const barrier = network.erect(fault.oneWay ? muted(side) : splitBy(side), fault.mode);
    scheduler.at(fault.untilMs, () => {
      this.#partitioned = false;
      network.lift(barrier, fault.lateMs);
    });
  }

  #crashBroker(fault: FaultOf<'broker-crash'>): void {
    const { network, scheduler } = this.world;
    if (this.#brokerBusy) return;
    this.#brokerBusy = true;
    this.brokerBackMs = fault.untilMs;
    this.world.note(fault);
    for (const process of this.world.processes) {
      network.cut(process, LANES, this.random.between(0, 20), 0);
    }
    network.crashBroker();
    scheduler.at(fault.untilMs, () => this.#redialAll(fault.spreadMs, fault.interestMs));
  }

  #freezeBroker(fault: FaultOf<'broker-freeze'>): void {
    const { network, scheduler } = this.world;
    if (this.#brokerBusy) return;
    this.#brokerBusy = true;
    this.brokerBackMs = fault.untilMs;
    this.world.note(fault);
    network.freezeBroker();
    const gaveUp: SimProcess[] = [];
    scheduler.at(Math.min(fault.untilMs, fault.atMs + fault.noticeMs), () => {
      if (fault.atMs + fault.noticeMs >= fault.untilMs) return;
      gaveUp.push(...this.world.processes);
      for (const process of gaveUp) network.cut(process, LANES, this.random.between(0, 500), 0);
    });
    scheduler.at(fault.untilMs, () => {
      network.thawBroker();
      this.#redialAll(gaveUp.length > 0 ? 500 : 0, 0, gaveUp);
    });
  }

  #redialAll(spreadMs: number, interestMs: number, processes = this.world.processes): void {
    const { network, scheduler } = this.world;
    for (const process of processes) {
      scheduler.after(this.random.between(0, spreadMs), () =>
        network.mend(process, LANES, this.random.between(0, interestMs)),
      );
    }
    scheduler.after(spreadMs, () => {
      this.#brokerBusy = false;
    });
  }

  #join(fault: FaultOf<'join'>): void {
    const slot = this.world.slotOf(fault.node);
    if (slot.process?.alive || slot.busy) return;
    this.world.note(fault);
    slot.busy = true;
    this.world.start(slot);
    this.world.scheduler.at(fault.untilMs, () => this.#drain(slot, undefined));
  }

  #disturb(
    fault: Exclude<Fault, { kind: 'partition' | 'broker-crash' | 'broker-freeze' | 'join' }>,
  ): void {
    const { network, scheduler } = this.world;
    const slot = this.world.slotOf(fault.node);
    const { process } = slot;
    if (!process?.serves || slot.busy) return;
    // Nothing but the broker itself happens to connections while it is away.
    if (fault.kind === 'cut' && this.#brokerBusy) return;
    slot.busy = true;
    const free = (): void => {
      slot.busy = false;
    };
    if (fault.kind === 'crash') {
      this.#crash(slot, process, fault);
      return;
    }
    this.world.note(fault);
    switch (fault.kind) {
      case 'pause':
        process.pause();
        scheduler.at(fault.untilMs, () => {
          process.resume();
          free();
        });
        return;
      case 'drain':
        this.#drain(slot, fault.untilMs - fault.atMs);
        return;
      case 'leap':
        process.leap(fault.leapMs);
        scheduler.at(fault.untilMs, free);
        return;
      case 'clog': {
        const barrier = network.erect(around(slot.id), 'late');
        scheduler.at(fault.untilMs, () => {
          network.lift(barrier, 0);
          free();
        });
        return;
      }
      case 'cut':
        network.cut(process, fault.lanes, fault.clientNoticesMs, fault.brokerNoticesMs);
        scheduler.at(fault.untilMs, () => {
          network.mend(process, fault.lanes, fault.interestMs);
          free();
        });
        return;
    }
  }

  /** At once, or just after the process has sent a message of the kind that the fault names. */
  #crash(slot: Slot, process: SimProcess, fault: FaultOf<'crash'>): void {
    const { scheduler } = this.world;
    let done = false;
    const die = (): void => {
      if (done || !process.alive) return;
      done = true;
      process.onSend = undefined;
      const atMs = scheduler.nowMs;
      const untilMs = atMs + fault.untilMs - fault.atMs;
      this.world.note({ kind: 'crash', node: slot.id, atMs, untilMs });
      process.kill();
      scheduler.at(untilMs, () => this.#restart(slot));
    };
    if (fault.on === undefined) {
      die();
      return;
    }
    process.onSend = (message) => {
      if (message.kind !== fault.on) return;
      process.onSend = undefined;
      scheduler.after(this.random.between(0, this.random.pick([0.05, 1])), die);
    };
    scheduler.after(ARMED_MS, die);
  }

  #drain(slot: Slot, restartAfterMs: number | undefined): void {
    const { process } = slot;
    process?.drain(() => {
      process.leave();
      if (restartAfterMs === undefined) {
        slot.busy = false;
        return;
      }
      this.world.scheduler.after(restartAfterMs, () => this.#restart(slot));
    });
  }

  #restart(slot: Slot): void {
    slot.busy = false;
    this.world.start(slot);
  }
}
