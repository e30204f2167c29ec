import type { LinkEntry, Message } from '../core/messages.js';
import { SIMULATION_LIMITS } from './limits.js';

/** One thing that happened, at one node or to the world. */
export interface TraceEntry {
  readonly atMs: number;
  /** A node, or `fault`. */
  readonly where: string;
  readonly text: string;
  /** For a message that arrived: who sent it, and when. */
  readonly from?: { readonly node: string; readonly atMs: number } | undefined;
}

/** An account of one seed; empty unless it was asked for. */
export class Trace {
  readonly entries: TraceEntry[] = [];
  /** Messages are told apart by their bytes, which each has of its own. */
  readonly #sent = new WeakMap<Uint8Array, { readonly node: string; readonly atMs: number }>();

  constructor(readonly enabled: boolean) {}

  add(atMs: number, where: string, text: string): void {
    if (!this.enabled || this.entries.length >= SIMULATION_LIMITS.traceLines) return;
    this.entries.push({ atMs, where, text });
  }

  sent(atMs: number, node: string, bytes: Uint8Array): void {
    if (this.enabled) this.#sent.set(bytes, { node, atMs });
  }

  received(atMs: number, where: string, bytes: Uint8Array, text: string): void {
    if (!this.enabled || this.entries.length >= SIMULATION_LIMITS.traceLines) return;
    this.entries.push({ atMs, where, text, from: this.#sent.get(bytes) });
  }
}

/** The few letters of a key that tell it from others in a trace. */
export function shortKey(key: string): string {
  return key.slice(0, 6);
}

export function describeMessage(message: Message): string {
  switch (message.kind) {
    case 'replicate':
      return `replicate ${message.linkEpoch}/${message.linkSeq} [${message.entries.map(describeEntry).join(', ')}]`;
    case 'replicated': {
      const refusals = message.refusals.map((refusal) =>
        refusal.kind === 'buried'
          ? `buried ${shortKey(refusal.buried.key)}`
          : `${refusal.kind} ${shortKey(refusal.key)}${refusal.kind === 'fenced' ? ` by ${refusal.by.epoch}@${refusal.by.owner}` : ''}`,
      );
      return `replicated ${message.linkEpoch}/${message.linkSeq} [${refusals.join(', ')}]`;
    }
    case 'bury':
      return `bury #${message.request} ${message.buried.map((b) => shortKey(b.key)).join(' ')}`;
    case 'heartbeat':
      return `heartbeat ${message.state} owned=${message.owned} held=${message.held}`;
    default:
      return describeFields(message);
  }
}

function describeEntry(entry: LinkEntry): string {
  switch (entry.kind) {
    case 'delta':
      return `delta ${shortKey(entry.key)} ${entry.epoch}.${entry.seq}`;
    case 'snapshot':
    case 'rotate':
      return `${entry.kind} ${shortKey(entry.key)} ${entry.copy.epoch}.${entry.copy.seq}`;
    case 'bury':
      return `bury ${shortKey(entry.buried.key)}`;
    default:
      return `${entry.kind} ${shortKey(entry.key)} ${entry.epoch}`;
  }
}

/** Any value in one line: keys shortened, bytes counted. */
export function describeFields(value: object): string {
  return JSON.stringify(value, (name, field) => {
    if (field instanceof Uint8Array) return `${field.length} B`;
    if (name === 'document') return undefined;
    return typeof field === 'string' && field.length === 43 ? shortKey(field) : field;
  });
}
