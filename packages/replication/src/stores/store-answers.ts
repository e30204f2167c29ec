import type { EndReason } from '../core/endings/end-reasons.js';
import type { JournalRecord } from '../core/record/journal.js';
import type { SessionDocument } from '../core/values/values.js';
import { InternalError } from '../errors.js';
import { decodeDocument, decodeEntry } from './stored-document.js';

/** What a script answers. */
export type StoreAnswer =
  | {
      readonly kind: 'record';
      readonly seq: number;
      readonly document: SessionDocument;
      readonly idleRemainingMs: number;
      readonly absoluteRemainingMs: number;
    }
  /** A session of another version of this package; nobody here may touch it. */
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'stored'; readonly seq: number; readonly absoluteRemainingMs: number }
  | {
      readonly kind: 'dead';
      readonly reason: EndReason;
      /** Where it goes on, and for how long the old key answers for it. */
      readonly to: string | undefined;
      readonly aliasMs: number;
      /** It was alive until this very call. */
      readonly endedNow: boolean;
    }
  | { readonly kind: 'replayed'; readonly entry: JournalRecord }
  | { readonly kind: 'in-progress'; readonly fingerprint: string }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'reserved' }
  | { readonly kind: 'taken' };

export function readStoreAnswer([kind, first, second, third, fourth]: Buffer[]): StoreAnswer {
  const name = String(kind);
  switch (name) {
    case 'record':
      return readRecord(Number(first), second as Buffer, Number(third), Number(fourth));
    case 'stored':
      return { kind: name, seq: Number(first), absoluteRemainingMs: Number(second) };
    case 'dead':
      return {
        kind: name,
        reason: String(first) as EndReason,
        to: String(second) || undefined,
        aliasMs: Number(third),
        endedNow: String(fourth) === '1',
      };
    case 'replayed':
      return { kind: name, entry: decodeEntry(first as Buffer) };
    case 'in-progress':
      return { kind: name, fingerprint: String(first) };
    case 'unknown':
    case 'reserved':
    case 'taken':
      return { kind: name };
    default:
      throw new InternalError(`Redis answered ${name}`);
  }
}

function readRecord(seq: number, bytes: Buffer, idleMs: number, absoluteMs: number): StoreAnswer {
  try {
    return {
      kind: 'record',
      seq,
      document: decodeDocument(bytes),
      idleRemainingMs: Math.max(0, idleMs),
      absoluteRemainingMs: Math.max(0, absoluteMs),
    };
  } catch (error) {
    return { kind: 'unreadable', reason: (error as Error).message };
  }
}
