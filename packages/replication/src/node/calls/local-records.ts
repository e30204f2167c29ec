import { isUnverified } from '../../core/claims/unverified.js';
import type { OwnedRecord } from '../../core/record/record.js';
import { viewOf } from '../../core/record/record-view.js';
import { hasSeenMore, leftOf } from '../../core/record/seen-more.js';
import type { Version } from '../../core/record/version.js';
import type { SessionKey, SessionSnapshot } from '../api/cluster-api.js';
import type { NodeDriver } from '../driver/node-driver.js';

/** What a touch may lag behind: too little for anybody to notice, enough to spare most of them. */
const TOUCH_LAG_MS = 100;
/** The same as a share of short idle times. */
const TOUCH_LAG_SHARE = 1 / 1000;

/** What was shown of a record, good as long as the core has not taken another step. */
interface Shown {
  readonly record: OwnedRecord;
  readonly snapshot: SessionSnapshot;
  readonly step: number;
}

/** Sessions that this node leads, as far as it may speak of them without asking anybody. */
export class LocalRecords {
  /** The last one: most requests look at their session before anything else happens here. */
  #shown: Shown | undefined;

  constructor(private readonly driver: NodeDriver) {}

  /** The session as it stands, which this counts as no use of; undefined: somebody is to be asked. */
  peek(key: SessionKey, seen: Version | undefined): SessionSnapshot | undefined {
    const record = this.#led(key);
    if (!record || (seen && (hasSeenMore(seen, record) || leftOf(seen, record)))) return undefined;
    return this.#show(record);
  }

  /**
   * The session as `open` answers it, which is a use of it. What would make the router wait, refuse or ask
   * makes this undefined, so the call itself is left out: it took half of what a first look at a session costs.
   */
  use(key: SessionKey): SessionSnapshot | undefined {
    const shown = this.#shownNow(key);
    const record = shown?.record ?? this.#led(key);
    if (!record) return undefined;
    const { core } = this.driver;
    core.owner.use(record);
    // It ends the run of requests through another node, which the session would be handed to.
    core.handoffs.follow(record, core.self);
    return shown?.snapshot ?? this.#show(record);
  }

  /**
   * Whether a touch would move the idle deadline by so little that it can be left out: also where it could
   * not be delivered, which makes no difference then.
   */
  isTouched(key: SessionKey): boolean {
    const record = this.driver.core.records.get(key);
    if (record?.role !== 'owner') return false;
    const { idleTimeoutMs } = record.content;
    const dueMs = Math.min(this.driver.nowMs + idleTimeoutMs, record.absoluteDeadlineMs);
    return dueMs - record.idleDeadlineMs < Math.min(TOUCH_LAG_MS, idleTimeoutMs * TOUCH_LAG_SHARE);
  }

  #show(record: OwnedRecord): SessionSnapshot {
    const { core, stepCount } = this.driver;
    const snapshot = viewOf(core, record);
    this.#shown = { record, snapshot, step: stepCount };
    return snapshot;
  }

  #shownNow(key: SessionKey): Shown | undefined {
    const shown = this.#shown;
    const isNow = shown?.step === this.driver.stepCount && !this.driver.mayHavePaused;
    return isNow && shown.record.key === key ? shown : undefined;
  }

  /** Each condition is one of those under which the router would let a call wait, or refuse it. */
  #led(key: SessionKey): OwnedRecord | undefined {
    const { driver } = this;
    const { core, nowMs } = driver;
    if (driver.state === 'stopped' || driver.mayHavePaused) return undefined;
    const record = core.records.get(key);
    if (record?.role !== 'owner' || record.content.kind !== 'session') return undefined;
    if (core.tombstone(key) || core.claims.isClaiming(key) || core.handoffs.isFrozen(key)) {
      return undefined;
    }
    if (isUnverified(core, record) || core.owner.standings.needed(record)) return undefined;
    const isExpired = nowMs >= record.idleDeadlineMs || nowMs >= record.absoluteDeadlineMs;
    return isExpired ? undefined : record;
  }
}
