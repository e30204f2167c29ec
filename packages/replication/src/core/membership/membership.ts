import type { Heartbeat } from '../messages.js';
import type { Incarnation } from '../record/record.js';
import type { Timings } from '../timings.js';
import { clearEvidence, doubtHints, type Member, NEVER_MS, newMember } from './member.js';

export type MembershipAction =
  | { readonly kind: 'probe'; readonly to: Incarnation }
  | { readonly kind: 'accuse'; readonly incarnation: Incarnation }
  | { readonly kind: 'changed'; readonly incarnation: Incarnation; readonly previous: string };

/** How long a dead incarnation is remembered, so that it is told so when it speaks again. */
const OBITUARY_MS = 120_000;
/** For so many times `deadAloneAfterMs` whoever fell silent may still come back with what it has. */
const RETURN_TIMES = 3;
const BALANCER = 'balancer';
const SUCCESSOR = 'successor';
/** So many probes in a row that the bus has not refused contradict its word that nobody listens. */
const CONTRADICTING_PROBES = 4;

/**
 * Who is there. One observer's suspicion is never enough: a node is dead when it is silent or
 * unreachable for this node *and* for another witness, or, where there is no other, for longer.
 * Membership is a hint: a wrong verdict costs a takeover, never a session, because epochs decide.
 */
export class Membership {
  readonly members = new Map<Incarnation, Member>();
  #busConnected = true;
  #busChangedMs = Number.NEGATIVE_INFINITY;
  /** When the bus last brought anything: a message of anyone, or word that nobody listens. */
  #busSignMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly timings: Timings) {}

  /** All that may hold something: everyone not dead, this node excluded. */
  *live(): Generator<Member> {
    for (const member of this.members.values()) if (member.status !== 'dead') yield member;
  }

  /** Those declared dead not long ago. */
  dead(): Incarnation[] {
    const dead = [...this.members.values()].filter((member) => member.status === 'dead');
    return dead.map((member) => member.incarnation);
  }

  isLive(incarnation: Incarnation): boolean {
    const member = this.members.get(incarnation);
    return member !== undefined && member.status !== 'dead';
  }

  byLabel(label: string): Member | undefined {
    for (const member of this.live()) if (member.heartbeat.label === label) return member;
    return undefined;
  }

  /**
   * Whether a node of that label was declared dead and may come back: nobody can tell what it has.
   */
  mayReturn(label: string, nowMs: number): boolean {
    if (this.byLabel(label)) return false;
    return this.onlySilent(nowMs).some(({ heartbeat }) => heartbeat.label === label);
  }

  /** Those that were declared dead not long ago, and nothing but their silence spoke against them. */
  onlySilent(nowMs: number): Member[] {
    const sinceMs = nowMs - RETURN_TIMES * this.timings.deadAloneAfterMs;
    return [...this.members.values()].filter(
      ({ status, isOnlySilent, changedMs }) =>
        status === 'dead' && isOnlySilent && changedMs >= sinceMs,
    );
  }

  /** A message arrived; returns false when the sender was declared dead and must be told. */
  heard(incarnation: Incarnation, nowMs: number): { known: boolean; actions: MembershipAction[] } {
    this.#busSignMs = nowMs;
    const member = this.members.get(incarnation);
    if (!member) return { known: true, actions: [] };
    if (member.status === 'dead') return { known: false, actions: [] };
    member.lastHeardMs = nowMs;
    if (member.away) member.returnedMs = nowMs;
    member.away = false;
    clearEvidence(member);
    if (member.status === 'alive') return { known: true, actions: [] };
    return { known: true, actions: [this.#become(member, 'alive', nowMs)] };
  }

  heartbeat(incarnation: Incarnation, heartbeat: Heartbeat, nowMs: number): MembershipAction[] {
    const member = this.members.get(incarnation);
    if (member) {
      if (member.status === 'dead') return [];
      const previous = member.heartbeat.state;
      member.heartbeat = heartbeat;
      if (heartbeat.state === 'leaving') return [this.#become(member, 'dead', nowMs)];
      return previous === heartbeat.state ? [] : [{ kind: 'changed', incarnation, previous }];
    }
    if (heartbeat.state === 'leaving') return [];
    this.#suspectPredecessor(heartbeat.id);
    this.members.set(incarnation, newMember(incarnation, heartbeat, nowMs));
    return [{ kind: 'changed', incarnation, previous: 'unknown' }];
  }

  /** Nobody listens at that incarnation, says the bus. True for live nodes too, now and then. */
  unreachable(incarnation: Incarnation, nowMs: number): MembershipAction[] {
    this.#busSignMs = nowMs;
    const member = this.#judged(incarnation);
    if (!member) return [];
    // Whoever is gone has the first probe refused as well (the failure prevented: two false words a moment
    // apart, between which the bus took probes, and a third at another node bury one that is well; calm, seed
    // 11023).
    if (member.unrefusedProbes > 1) member.hintMs = undefined;
    member.unrefusedProbes = 0;
    if (this.#isComingBack(member, nowMs)) return [];
    member.hintMs ??= nowMs;
    const isSpaced = nowMs - member.hintMs >= this.timings.hintSpacingMs;
    if (!isSpaced && !this.#isHintEnough(member, nowMs)) return [];
    return this.#ownEvidence(member, nowMs);
  }

  /**
   * After a restart of the bus the first node to be back would bury all the others; and who is heard
   * again has one connection, and may listen on the next one a moment later (the failure prevented:
   * two nodes that are back bury the third, which is on its way, and take over what it serves).
   */
  #isComingBack({ away, returnedMs }: Member, nowMs: number): boolean {
    const { deadAloneAfterMs, suspectAfterMs } = this.timings;
    if (nowMs - returnedMs < suspectAfterMs) return true;
    return away && nowMs - this.#busChangedMs < deadAloneAfterMs;
  }

  /**
   * One hint that nobody listens proves nothing: the bus gives it for live nodes, too, mostly new
   * ones whose subscription is not known everywhere. Not so where somebody else has found the node
   * gone by itself: two who look from different places are not misled at the same moment.
   */
  #isHintEnough(member: Member, nowMs: number): boolean {
    if (member.hintMs === undefined) return false;
    if (nowMs - member.sinceMs < this.timings.suspectAfterMs) return false;
    // A connection that was refused is not doubted for a bus that is slow to notice.
    const isDoubted = member.accusedMs < member.doubtedMs && !member.accusers.has(BALANCER);
    if (isDoubted) return false;
    return this.#isConfirmed(member);
  }

  accused(incarnation: Incarnation, by: string, nowMs: number): MembershipAction[] {
    const member = this.#judged(incarnation);
    if (!member) return [];
    // The last probe may have found it dying: a new witness is worth another one at once.
    if (!member.accusers.has(by) && this.#isWitness(by, member)) member.probedMs = NEVER_MS;
    member.accusers.add(by);
    member.accusedMs = nowMs;
    if (this.#isHintEnough(member, nowMs)) return this.#ownEvidence(member, nowMs);
    return [...this.#probe(member, nowMs), ...this.#verdict(member, nowMs)];
  }

  witnessed(label: string, nowMs: number): MembershipAction[] {
    const member = this.byLabel(label);
    return member ? this.accused(member.incarnation, BALANCER, nowMs) : [];
  }

  /** While the own connection to the bus is gone, everyone looks dead: nobody is judged. */
  busChanged(connected: boolean, nowMs: number): void {
    this.#busConnected = connected;
    this.#busChangedMs = nowMs;
    for (const member of this.live()) member.away = true;
    this.forgive(nowMs);
  }

  /** This node itself was paused or cut off: what it did not hear proves nothing. */
  forgive(nowMs: number): void {
    for (const member of this.live()) {
      member.lastHeardMs = nowMs;
      clearEvidence(member);
    }
  }

  /** Of whom evidence counts: word of the bus may come after the bus itself is gone. */
  #judged(incarnation: Incarnation): Member | undefined {
    const member = this.members.get(incarnation);
    return this.#busConnected && member?.status !== 'dead' ? member : undefined;
  }

  tick(nowMs: number): MembershipAction[] {
    const actions: MembershipAction[] = [];
    if (!this.#busConnected) return actions;
    for (const member of this.members.values()) {
      if (member.status === 'dead') {
        if (nowMs - member.changedMs > OBITUARY_MS) this.members.delete(member.incarnation);
        continue;
      }
      if (nowMs - member.lastHeardMs > this.timings.suspectAfterMs) {
        actions.push(...this.#ownEvidence(member, nowMs));
      } else if (this.#isContradicted(member, nowMs)) {
        doubtHints(member, nowMs);
      } else if (member.hintMs !== undefined || member.accusers.size > 0) {
        actions.push(...this.#probe(member, nowMs));
      }
      actions.push(...this.#verdict(member, nowMs));
    }
    return actions;
  }

  #ownEvidence(member: Member, nowMs: number): MembershipAction[] {
    const actions = this.#probe(member, nowMs);
    if (member.evidenceMs === undefined) {
      member.evidenceMs = nowMs;
      actions.push({ kind: 'accuse', incarnation: member.incarnation });
    }
    if (member.status === 'alive') actions.push(this.#become(member, 'suspect', nowMs));
    return [...actions, ...this.#verdict(member, nowMs)];
  }

  #probe(member: Member, nowMs: number): MembershipAction[] {
    if (nowMs - member.probedMs < this.timings.probeSpacingMs) return [];
    member.probedMs = nowMs;
    if (member.unrefusedProbes === 0) member.unrefusedSinceMs = nowMs;
    member.unrefusedProbes++;
    return [{ kind: 'probe', to: member.incarnation }];
  }

  /**
   * A node that is gone has every probe refused. Where the bus takes one probe after the other, what
   * it said before was false, and only the answers are late: without this, two such words at two
   * nodes within the time of one lost packet bury a node that is well. Probes are counted besides
   * the time, since a node that is late itself has not read the refusals yet.
   */
  #isContradicted(member: Member, nowMs: number): boolean {
    if (member.hintMs === undefined && member.accusers.size === 0) return false;
    if (member.unrefusedProbes < CONTRADICTING_PROBES) return false;
    return nowMs - member.unrefusedSinceMs >= 2 * this.timings.hintSpacingMs;
  }

  #verdict(member: Member, nowMs: number): MembershipAction[] {
    if (member.status === 'dead' || member.evidenceMs === undefined) return [];
    const alone = !this.#hasThirdNode(member);
    const silentMs = nowMs - member.lastHeardMs;
    const unreachableMs = member.hintMs === undefined ? 0 : nowMs - member.hintMs;
    const dead =
      this.#isConfirmed(member) ||
      silentMs > this.#deadAloneAfterMs(nowMs) ||
      (alone && unreachableMs > this.timings.unreachableAloneMs);
    if (!dead) return [];
    const isGone = member.accusers.has(BALANCER) || member.accusers.has(SUCCESSOR);
    member.isOnlySilent = member.hintMs === undefined && !isGone;
    return [this.#become(member, 'dead', nowMs)];
  }

  /**
   * A node that hears nothing at all is more likely cut off itself, and its transport has not
   * noticed: the others get twice the time, or it would bury them all when it is back.
   */
  #deadAloneAfterMs(nowMs: number): number {
    const { deadAloneAfterMs, suspectAfterMs } = this.timings;
    const isDeaf = nowMs - this.#busSignMs > suspectAfterMs;
    return isDeaf ? 2 * deadAloneAfterMs : deadAloneAfterMs;
  }

  #isConfirmed(member: Member): boolean {
    return [...member.accusers].some((accuser) => this.#isWitness(accuser, member));
  }

  #isWitness(accuser: string, member: Member): boolean {
    if (accuser === BALANCER || accuser === SUCCESSOR) return true;
    return accuser !== member.incarnation && this.members.get(accuser)?.status === 'alive';
  }

  #hasThirdNode(member: Member): boolean {
    for (const other of this.live()) {
      if (other !== member && other.status === 'alive') return true;
    }
    return false;
  }

  /** A node that came back under its id is evidence that its former incarnation is gone. */
  #suspectPredecessor(id: string): void {
    for (const member of this.live()) {
      if (member.heartbeat.id === id) member.accusers.add(SUCCESSOR);
    }
  }

  #become(member: Member, status: Member['status'], nowMs: number): MembershipAction {
    const previous = member.status;
    member.status = status;
    member.changedMs = nowMs;
    return { kind: 'changed', incarnation: member.incarnation, previous };
  }
}
