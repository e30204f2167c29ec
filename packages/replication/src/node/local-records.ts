import type { OwnedRecord } from '../core/record.js';
import { viewOf } from '../core/record-view.js';
import { hasSeenMore, leftOf } from '../core/seen-more.js';
import { isUnverified } from '../core/unverified.js';
import type { Version } from '../core/version.js';
import type { SessionKey, SessionSnapshot } from './cluster-api.js';
import type { NodeDriver } from './node-driver.js';

/** What a touch may lag behind: too little for anybody to notice, enough to spare most of them. */
const TOUCH_LAG_MS = 100;
/** The same as a share of short idle times. */
const TOUCH_LAG_SHARE = 1 / 1000;

/** Sessions that this node leads, as far as it may speak of them without asking anybody. */
export class LocalRecords {
  constructor(private readonly driver: NodeDriver) {}

  /** The session as it stands, which this counts as no use of; undefined: somebody is to be asked. */
  peek(key: SessionKey, seen: Version | undefined): SessionSnapshot | undefined {
    const record = this.#led(key);
    if (!record || (seen && (hasSeenMore(seen, record) || leftOf(seen, record)))) return undefined;
    return viewOf(this.driver.core, record);
  }

  /** Whether it is led here, and may be spoken of at once. */
  has(key: SessionKey): boolean {
    return this.#led(key) !== undefined;
  }

  /** Whether a touch would move the idle deadline by so little that it can be left out. */
  isTouched(key: SessionKey): boolean {
    const record = this.#led(key);
    if (!record) return false;
    const { idleTimeoutMs } = record.content;
    const dueMs = Math.min(this.driver.nowMs + idleTimeoutMs, record.absoluteDeadlineMs);
    return dueMs - record.idleDeadlineMs < Math.min(TOUCH_LAG_MS, idleTimeoutMs * TOUCH_LAG_SHARE);
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
