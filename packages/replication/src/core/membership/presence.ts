import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { Heartbeat, NodeState } from '../messages.js';
import type { NodeParts } from '../node-parts.js';
import type { Incarnation } from '../record/record.js';
import type { Member } from './member.js';
import type { MembershipAction } from './membership.js';

/**
 * What a node tells the others of itself, and what it does when one of them comes, falls silent or
 * dies, or when the bus does.
 */
export class Presence {
  #heartbeatMs = Number.NEGATIVE_INFINITY;
  /** The first heartbeat under the present name. */
  #firstMs: number | undefined;
  /** When the others were last told that a request had found this member gone. */
  readonly #relayedMs = new WeakMap<Member, number>();

  constructor(
    private readonly context: CoreContext,
    private readonly parts: NodeParts,
  ) {}

  tick(): void {
    const { nowMs, settings } = this.context;
    if (nowMs - this.#heartbeatMs >= settings.timings.heartbeatMs) this.beat();
    this.watch();
  }

  watch(): void {
    this.act(this.parts.membership.tick(this.context.nowMs));
  }

  beat(): void {
    this.#heartbeatMs = this.context.nowMs;
    this.context.broadcast(this.#heartbeat());
  }

  /** Under a name that nobody has heard of. */
  reborn(): void {
    this.#firstMs = undefined;
    this.beat();
  }

  /** Somebody takes this node for dead. */
  accused(): void {
    this.context.broadcast(this.#heartbeat());
  }

  changeState(state: NodeState): void {
    const { context } = this;
    if (context.state === state || context.state === 'leaving') return;
    context.state = state;
    this.beat();
  }

  heard(from: Incarnation, heartbeat: Heartbeat): void {
    const { context, parts } = this;
    const { members } = parts.membership;
    if (members.size >= LIMITS.members && !members.has(from)) {
      context.notice({ kind: 'limit', limit: 'members' });
      return;
    }
    const isNew = !members.has(from);
    if (heartbeat.clock !== undefined) context.followClock(heartbeat.clock, from);
    this.act(parts.membership.heartbeat(from, heartbeat, context.nowMs));
    if (!isNew || !members.has(from)) return;
    context.send(from, this.#heartbeat());
    parts.claims.met(from);
    parts.router.met(from);
    parts.tiering.memberJoined();
    parts.burials.met(from);
    parts.antiEntropy.met(from);
  }

  /**
   * A request found that node gone. A claim needs the word of every other one, and each looks for
   * itself first: told now, they look while this node does, instead of when they are asked.
   */
  witnessed(label: string): void {
    const { nowMs } = this.context;
    const { membership } = this.parts;
    const member = membership.byLabel(label);
    if (member && this.#mayRelay(member)) {
      this.#relayedMs.set(member, nowMs);
      this.context.broadcast({ kind: 'witness', label });
    }
    this.act(membership.witnessed(label, nowMs));
  }

  /** Each of thousands of requests may be a witness, of a node that is well as far as the bus goes. */
  #mayRelay(member: Member): boolean {
    const { nowMs, settings } = this.context;
    const relayedMs = this.#relayedMs.get(member) ?? Number.NEGATIVE_INFINITY;
    return nowMs - relayedMs >= settings.timings.heartbeatMs;
  }

  act(actions: readonly MembershipAction[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case 'probe':
          this.context.send(action.to, { kind: 'probe' });
          break;
        case 'accuse':
          this.context.broadcast({ kind: 'accuse', incarnation: action.incarnation });
          break;
        case 'changed':
          this.#memberChanged(action.incarnation, action.previous);
          break;
      }
    }
  }

  busChanged(connected: boolean): void {
    const { context, parts } = this;
    if (connected === context.busConnected) return;
    context.busConnected = connected;
    parts.membership.busChanged(connected, context.nowMs);
    if (connected) {
      context.unverifiedSinceMs = context.nowMs;
      parts.replicator.restartAll();
      parts.antiEntropy.hasten();
      this.beat();
    } else {
      parts.keeper.busLost();
      parts.burials.busLost();
      parts.router.busLost();
    }
  }

  #heartbeat(): Heartbeat {
    const { settings, state, clock, nowMs } = this.context;
    const { id, label, zone, weight, url, pid, abilities } = settings;
    const { ownedCount, size } = this.parts.records.table;
    this.#firstMs ??= nowMs;
    return {
      kind: 'heartbeat',
      state,
      id,
      label,
      zone,
      weight,
      url,
      pid,
      owned: ownedCount,
      held: size - ownedCount,
      ...abilities,
      clock: clock.read(nowMs),
      ageMs: Math.round(nowMs - this.#firstMs),
    };
  }

  #memberChanged(incarnation: Incarnation, previous: string): void {
    const { context, parts } = this;
    const member = parts.membership.members.get(incarnation);
    if (!member) return;
    context.notice({ kind: 'member', incarnation, previous });
    if (member.status !== 'alive') parts.burials.memberLost(incarnation);
    if (member.status === 'dead') this.#memberDied(member);
    if (member.status !== 'suspect') parts.keeper.memberChanged(member);
    parts.antiEntropy.memberChanged(incarnation);
  }

  #memberDied({ incarnation }: Member): void {
    const { parts } = this;
    parts.replicator.memberDied(incarnation);
    parts.handoffs.memberDied(incarnation);
    parts.claims.memberDied(incarnation);
    parts.router.memberDied(incarnation);
    parts.adoption.lookForOrphans();
    parts.tiering.memberDied();
  }
}
