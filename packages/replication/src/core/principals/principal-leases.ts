import type { CallOutcome } from '../calls/calls.js';
import type { CoreContext } from '../context.js';
import { LIMITS } from '../limits.js';
import type { OwnedRecord } from '../record/record.js';
import { isSteady, type ListAccess } from './principal-endings.js';
import { findPlace, type Place, replacePlace } from './principal-record.js';

interface Due {
  /** When this place is looked after next. */
  nextMs: number;
  /** When its session cannot be alive any more. */
  readonly goneMs: number;
}

/** Leases are seconds long. */
const LOOK_EVERY_MS = 500;

/**
 * Looks after the places on lists that this node leads. When the lease of a reserved place is over,
 * its session is asked for: alive, the place is confirmed; nowhere, its key is buried, so that no
 * late login brings it to life beyond the limit, and the place is free. Confirmed places are looked
 * at now and then, in case the end of a session was not heard here. A takeover begins all this anew;
 * it never cuts a lease short.
 */
export class PrincipalLeases {
  readonly #watched = new Map<OwnedRecord, Map<string, Due>>();
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly context: CoreContext,
    private readonly access: ListAccess,
  ) {}

  watch(record: OwnedRecord): void {
    const { nowMs } = this.context;
    const watched = this.#watched.get(record) ?? new Map<string, Due>();
    for (const { handle, confirmed, absoluteTimeoutMs } of this.access.read(record).places) {
      const nextMs = nowMs + (confirmed ? LIMITS.placeCheckMs : LIMITS.enlistLeaseMs);
      const known = watched.get(handle);
      if (!known) watched.set(handle, { nextMs, goneMs: nowMs + absoluteTimeoutMs });
      else if (!confirmed) known.nextMs = Math.min(known.nextMs, nextMs);
    }
    this.#watched.set(record, watched);
  }

  tick(): void {
    const { nowMs } = this.context;
    if (nowMs - this.#lookedMs < LOOK_EVERY_MS) return;
    this.#lookedMs = nowMs;
    for (const [record, watched] of this.#watched) {
      if (watched.size === 0 || this.context.records.get(record.key) !== record) {
        this.#watched.delete(record);
        continue;
      }
      if (!isSteady(this.context, record)) continue;
      for (const [handle, due] of watched) {
        if (nowMs >= due.nextMs && !this.#look(record, handle, due)) watched.delete(handle);
      }
    }
  }

  /** False when there is nothing more to look after. */
  #look(record: OwnedRecord, handle: string, due: Due): boolean {
    const { nowMs, settings, router } = this.context;
    const place = findPlace(this.access.pruned(record).places, handle);
    if (!place || nowMs >= due.goneMs) {
      this.access.write(record, replacePlace(this.access.read(record), handle, undefined));
      return false;
    }
    // If there is no answer it is asked again.
    due.nextMs = nowMs + (place.confirmed ? LIMITS.placeCheckMs : LIMITS.enlistLeaseMs);
    const deadlineMs = nowMs + settings.timings.deadAloneAfterMs;
    router.start({ kind: 'open', key: place.session }, [], deadlineMs, (result) =>
      this.#found(record, place, result, due),
    );
    return true;
  }

  #found(record: OwnedRecord, place: Place, result: CallOutcome, due: Due): void {
    switch (result.kind) {
      case 'record':
        due.nextMs = this.context.nowMs + LIMITS.placeCheckMs;
        this.#replace(record, place, {
          ...place,
          session: result.view.key,
          previous: undefined,
          confirmed: true,
        });
        return;
      case 'destroyed':
        // Rotated more than once, perhaps: what this node knows of it is looked at the next time.
        if (this.context.tombstone(place.session)?.alias || result.reason === 'rotated') {
          due.nextMs = this.context.nowMs + LOOK_EVERY_MS;
        } else this.#free(record, place);
        return;
      case 'unknown':
        this.#buryUnknown(record, place);
        return;
      default:
    }
  }

  #buryUnknown(record: OwnedRecord, place: Place): void {
    const buried = {
      key: place.session,
      version: { epoch: 0, seq: 0 },
      remainingMs: LIMITS.unknownTombstoneMs,
      reason: 'expired',
    } as const;
    this.context.burials.bury([buried], () => this.#free(record, place));
  }

  /** The session of this place will never be; one that it was to replace may go on. */
  #free(record: OwnedRecord, place: Place): void {
    const { previous } = place;
    const goesOn = previous !== undefined && !this.context.tombstone(previous);
    const former = { ...place, session: previous ?? '', previous: undefined, confirmed: true };
    this.#replace(record, place, goesOn ? former : undefined);
  }

  #replace(record: OwnedRecord, place: Place, replacement: Place | undefined): void {
    if (!isSteady(this.context, record)) return;
    const list = this.access.pruned(record);
    // Somebody signed in again under this handle meanwhile, or the session got another id.
    if (findPlace(list.places, place.handle)?.session !== place.session) return;
    this.access.write(record, replacePlace(list, place.handle, replacement));
  }
}
