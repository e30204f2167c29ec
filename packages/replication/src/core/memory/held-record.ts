import type { Incarnation } from '../record/record.js';
import { tailBytesOf } from './copy-tail.js';

/** The encoded form of a record: a whole copy, and the changes that were appended to it. */
export interface EncodedParts {
  readonly base: Uint8Array;
  readonly tail: readonly Uint8Array[];
}

export interface HeldFields extends EncodedParts {
  readonly key: string;
  readonly epoch: number;
  readonly seq: number;
  readonly owner: Incarnation;
  readonly backups: readonly Incarnation[];
  readonly idleDeadlineMs: number;
  readonly absoluteDeadlineMs: number;
}

/**
 * This node holds an encoded copy. What comes out of the map of records is a window on a row of the
 * {@link HeldTable}: made anew by each look-up, good until the record is replaced or removed, and
 * refused after that. Whoever keeps one longer than the present event takes it {@link detached}.
 */
export interface HeldRecord {
  readonly role: 'backup';
  readonly key: string;
  readonly epoch: number;
  seq: number;
  readonly owner: Incarnation;
  readonly backups: readonly Incarnation[];
  /** Bytes that nothing overwrites later; of a stored record copied anew each time, as `tail` is. */
  readonly base: Uint8Array;
  /** The changes since, oldest first. */
  readonly tail: readonly Uint8Array[];
  readonly tailLength: number;
  /** What the tail takes, with the lengths between its changes. */
  readonly tailBytes: number;
  /** All of it; of a stored record, exactly its part of the used bytes of the slabs. */
  readonly encodedBytes: number;
  idleDeadlineMs: number;
  readonly absoluteDeadlineMs: number;

  append(change: Uint8Array): void;
  /** The same contents encoded as one: nothing is left of the changes. */
  replaceBase(base: Uint8Array): void;
  /** With bytes of its own, for whoever keeps it longer than this node does. */
  detached(): HeldRecord;
}

/** A copy that is none of the node's records: it came off the wire, or is kept by a claim. */
export class LooseRecord implements HeldRecord {
  readonly role = 'backup';
  readonly key: string;
  readonly epoch: number;
  seq: number;
  readonly owner: Incarnation;
  readonly backups: readonly Incarnation[];
  base: Uint8Array;
  tail: readonly Uint8Array[];
  idleDeadlineMs: number;
  readonly absoluteDeadlineMs: number;

  constructor(fields: HeldFields) {
    this.key = fields.key;
    this.epoch = fields.epoch;
    this.seq = fields.seq;
    this.owner = fields.owner;
    this.backups = fields.backups;
    this.base = fields.base;
    this.tail = fields.tail;
    this.idleDeadlineMs = fields.idleDeadlineMs;
    this.absoluteDeadlineMs = fields.absoluteDeadlineMs;
  }

  get tailLength(): number {
    return this.tail.length;
  }

  get tailBytes(): number {
    return tailBytesOf(this.tail);
  }

  get encodedBytes(): number {
    return this.base.length + this.tailBytes;
  }

  append(change: Uint8Array): void {
    this.tail = [...this.tail, change];
  }

  replaceBase(base: Uint8Array): void {
    this.base = base;
    this.tail = [];
  }

  detached(): HeldRecord {
    return this;
  }
}
