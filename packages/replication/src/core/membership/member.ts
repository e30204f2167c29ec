import type { Heartbeat } from '../messages.js';
import type { Incarnation } from '../record/record.js';

/** Before everything that ever happened. */
export const NEVER_MS = Number.NEGATIVE_INFINITY;

export type MemberStatus = 'alive' | 'suspect' | 'dead';

export interface Member {
  readonly incarnation: Incarnation;
  /** When it first told of itself, whether this node was there or not. */
  readonly sinceMs: number;
  heartbeat: Heartbeat;
  status: MemberStatus;
  lastHeardMs: number;
  /** Not heard since this node lost its bus: it may be on its way back to it as well. */
  away: boolean;
  /** When it was first heard after it had been away; its connections come back one after another. */
  returnedMs: number;
  /** First of the "nobody listens" hints since it was last heard. */
  hintMs: number | undefined;
  /** When this node had evidence of its own; without it, an accusation by others proves nothing. */
  evidenceMs: number | undefined;
  /** Others with evidence of their own, the balancer included. */
  readonly accusers: Set<string>;
  /** When the last of them said so. */
  accusedMs: number;
  probedMs: number;
  /** Probes since the last hint, which the bus has passed on or not yet refused. */
  unrefusedProbes: number;
  /** When the first of those was sent. */
  unrefusedSinceMs: number;
  /** When hints were last taken back, because probes sent after them were not refused. */
  doubtedMs: number;
  /** When it became suspect, then when it died. */
  changedMs: number;
  /** It was declared dead for its silence alone: it may be stopped, or starved, and come back. */
  isOnlySilent: boolean;
}

/** A node that was heard for the first time. */
export function newMember(incarnation: Incarnation, heartbeat: Heartbeat, nowMs: number): Member {
  return {
    incarnation,
    sinceMs: nowMs - Math.max(0, heartbeat.ageMs ?? 0),
    heartbeat,
    status: 'alive',
    lastHeardMs: nowMs,
    away: false,
    returnedMs: NEVER_MS,
    hintMs: undefined,
    evidenceMs: undefined,
    accusers: new Set(),
    accusedMs: NEVER_MS,
    probedMs: 0,
    unrefusedProbes: 0,
    unrefusedSinceMs: NEVER_MS,
    doubtedMs: NEVER_MS,
    changedMs: nowMs,
    isOnlySilent: false,
  };
}

/** It was heard, or nobody can be judged just now. */
export function clearEvidence(member: Member): void {
  member.hintMs = undefined;
  member.evidenceMs = undefined;
  member.accusers.clear();
  member.unrefusedProbes = 0;
}

/** What others say stays, for they may see further; but one hint of our own is too little now. */
export function doubtHints(member: Member, nowMs: number): void {
  member.hintMs = undefined;
  member.evidenceMs = undefined;
  member.doubtedMs = nowMs;
  member.unrefusedProbes = 0;
}
