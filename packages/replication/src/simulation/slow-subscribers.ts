import type { LaneConnection } from './connection.js';
import type { Random } from './random.js';
import type { Scheduler } from './scheduler.js';

export interface SlowSettings {
  readonly socketBytes: number;
  readonly writeDeadlineMs: number;
}

/**
 * What a broker does about a subscriber that takes nothing. Its sockets fill; then every connection
 * that publishes to it waits, with all it has to say to others; then the subscriber is cut off, and
 * what waited for it is lost (measured with nats-server 2.9: one stopped process froze a publisher
 * for nine seconds).
 */
export class SlowSubscribers {
  constructor(
    private readonly scheduler: Scheduler,
    private readonly random: Random,
    private readonly settings: SlowSettings,
    private readonly redial: (lane: LaneConnection) => void,
  ) {}

  /** Delivers, or keeps the message and makes its publisher wait. */
  accept(
    lane: LaneConnection,
    publisher: LaneConnection,
    bytes: number,
    deliver: () => void,
  ): void {
    if (lane.owner.subscriber.paused) lane.waitingBytes += bytes;
    if (lane.waitingBytes <= this.settings.socketBytes) {
      deliver();
      return;
    }
    if (lane.kept.length === 0) {
      const { dial } = lane;
      this.scheduler.after(this.settings.writeDeadlineMs, () => {
        if (lane.dial === dial && lane.kept.length > 0) this.#cutOff(lane);
      });
    }
    lane.kept.push(deliver);
    if (publisher.owner.closed) return;
    publisher.stalled ??= [];
    lane.stalling.add(publisher);
  }

  /** The process reads again: what was kept for it, or that it was cut off. */
  resumed(lane: LaneConnection): void {
    lane.waitingBytes = 0;
    for (const deliver of lane.kept.splice(0)) deliver();
    this.release(lane);
    if (!lane.cutOff || lane.owner.closed) return;
    const { dial } = lane;
    lane.cutOff = false;
    lane.noticed = true;
    lane.owner.subscriber.busChanged(false);
    this.scheduler.after(this.random.between(20, 400), () => {
      if (lane.dial === dial) this.redial(lane);
    });
  }

  /** Nobody waits for this subscriber any more. */
  release(lane: LaneConnection): void {
    for (const publisher of lane.stalling) {
      const waiting = publisher.stalled ?? [];
      publisher.stalled = undefined;
      for (const run of waiting) run();
    }
    lane.stalling.clear();
  }

  #cutOff(lane: LaneConnection): void {
    lane.up = false;
    lane.cutOff = true;
    lane.interestFromMs = Number.POSITIVE_INFINITY;
    lane.kept.length = 0;
    this.release(lane);
  }
}
