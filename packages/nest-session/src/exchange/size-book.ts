import type { Committed, SessionDocument, SessionSnapshot } from '@understudy/replication';
import { BoundedMap } from '../identity/bounded-map.js';
import { areaAtMost, checkBytes, propertyAtMost } from '../session/measure.js';
import type { Change } from './change.js';

/** The most that a version of a session takes. */
interface Known {
  epoch: number;
  seq: number;
  bytesAtMost: number;
}

/** A record at one version: all of it, or what a commit made of it. */
type Versioned = Pick<SessionSnapshot, 'key' | 'version' | 'document'>;

/**
 * How large sessions may be by now, so that a small change costs the same whatever the size of its session:
 * a commit adds what it brought to what the version before took at most. By key and version, not by the
 * document: a `WeakMap` of documents, one more with each commit, took longer than to measure. Where a
 * session is in its own cookie, one version may be many; whether that fits is checked there.
 */
export class SizeBook {
  readonly #known: BoundedMap<Known>;

  constructor(maxEntries: number) {
    this.#known = new BoundedMap(maxEntries);
  }

  /**
   * Throws `SessionTooLargeError` when a session would be beyond `limits.maxBytes` with a change.
   * `preview` makes it, to be measured: only where a bound says that it may be too large.
   */
  check(
    session: Versioned,
    change: Change,
    preview: () => SessionDocument,
    limit: { readonly maxBytes: number },
  ): void {
    if (this.#of(session).bytesAtMost + addedAtMost(change) <= limit.maxBytes) return;
    checkBytes(preview(), limit);
    // What was only ever added up is measured anew at the next change.
    this.#known.delete(session.key);
  }

  /** Takes note that a change which was checked has been stored. */
  committed(
    { key, version }: Versioned,
    change: Change,
    committed: Pick<Committed, 'version'>,
  ): void {
    const known = this.#known.get(key);
    const { epoch, seq } = committed.version;
    // Otherwise changes of others are in it, too.
    const isNext = seq === version.seq + 1 && epoch === version.epoch;
    if (!known || !isNext || !isAt(known, version)) return;
    known.seq = seq;
    known.bytesAtMost += addedAtMost(change);
  }

  #of({ key, version, document }: Versioned): Known {
    const known = this.#known.get(key);
    if (known && isAt(known, version)) return known;
    const bytesAtMost = areaAtMost(document.data) + areaAtMost(document.system);
    const measured = { epoch: version.epoch, seq: version.seq, bytesAtMost };
    this.#known.set(key, measured);
    return measured;
  }
}

function isAt({ epoch, seq }: Known, version: SessionSnapshot['version']): boolean {
  return epoch === version.epoch && seq === version.seq;
}

function addedAtMost({ data, system }: Change): number {
  let bytes = 0;
  for (const [key, value] of data.after) bytes += propertyAtMost(key, value);
  for (const [key, value] of system.after) bytes += propertyAtMost(key, value);
  return bytes;
}
