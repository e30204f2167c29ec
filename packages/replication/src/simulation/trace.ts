import type { LinkEntry, Message } from '../core/messages.js';
import { SIMULATION_LIMITS } from './limits.js';

/** A readable account of one seed; empty unless it was asked for. */
export class Trace {
  readonly lines: string[] = [];

  constructor(readonly enabled: boolean) {}

  add(nowMs: number, where: string, text: string): void {
    if (!this.enabled || this.lines.length >= SIMULATION_LIMITS.traceLines) return;
    this.lines.push(`${nowMs.toFixed(3).padStart(11)} ${where.padEnd(8)} ${text}`);
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
