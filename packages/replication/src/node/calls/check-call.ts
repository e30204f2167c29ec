import type { OwnerCall } from '../../core/calls/calls.js';
import { LIMITS } from '../../core/limits.js';
import type { HeldLock } from '../../core/owner/lock-calls.js';
import type { Standing } from '../../core/principals/standing.js';
import type { JournalRecord } from '../../core/record/journal.js';
import { assertOperations } from '../../core/values/assert-operations.js';
import { assertSessionValue } from '../../core/values/assert-value.js';
import { LimitError, OptionError } from '../../errors.js';

const KEY = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
/** What frames carry of a fingerprint or the name of a policy. */
const NAME_CHARACTERS = 128;
const REASON_CHARACTERS = 64;

/**
 * Refuses at the node where it is made what other nodes would refuse: a record that only its owner
 * can read is lost with it, and one entry that cannot be read holds up a whole link.
 *
 * Throws {@link OptionError}, {@link LimitError} or SessionValueError, with the name of what is wrong.
 */
export function checkCall(call: OwnerCall): void {
  checkKey('key', call.key);
  switch (call.kind) {
    case 'create':
      assertSessionValue(call.data);
      assertSessionValue(call.system);
      checkDuration('idleTimeoutMs', call.idleTimeoutMs);
      checkDuration('absoluteTimeoutMs', call.absoluteTimeoutMs);
      checkJournal(call.journal);
      checkStanding(call.standing);
      return;
    case 'rotate':
      checkKey('to', call.to);
      checkDuration('absoluteTimeoutMs', call.absoluteTimeoutMs);
      checkChange(call);
      checkStanding(call.standing);
      return;
    case 'commit':
      checkChange(call);
      if (call.lock) checkLock(call.lock);
      return;
    case 'reserve':
      checkLength('journal key', call.journalKey, LIMITS.journalKeyCharacters);
      checkLength('fingerprint', call.fingerprint, NAME_CHARACTERS);
      return;
    case 'release':
      checkLength('journal key', call.journalKey, LIMITS.journalKeyCharacters);
      return;
    case 'destroy':
      checkLength('reason', call.reason, REASON_CHARACTERS);
      return;
    case 'consume':
      checkLength('policy.name', call.policy, NAME_CHARACTERS);
      checkDuration('policy.intervalMs', call.intervalMs);
      checkFinite('policy.burst', call.burst);
      checkFinite('cost', call.cost);
      return;
    case 'open':
    case 'touch':
    case 'list':
    case 'standing':
      return;
    default:
      checkPlaceCall(call);
  }
}

function checkPlaceCall(
  call: Extract<OwnerCall, { kind: 'enlist' | 'delist' | 'revoke' | 'lock' | 'unlock' }>,
): void {
  switch (call.kind) {
    case 'enlist':
      checkHandle(call.handle);
      checkKey('session', call.session);
      checkWhole('limit', call.limit, 1, LIMITS.principalSessions);
      if (call.policy !== 'evict-oldest' && call.policy !== 'reject') {
        throw new OptionError('policy', call.policy, "'evict-oldest' or 'reject'");
      }
      checkDuration('absoluteTimeoutMs', call.absoluteTimeoutMs);
      checkFinite('createdMs', call.createdMs);
      checkFinite('seenMs', call.seenMs);
      if (call.device.length > LIMITS.deviceBytes) {
        throw new LimitError('deviceBytes', call.device.length, LIMITS.deviceBytes);
      }
      return;
    case 'delist':
      checkHandle(call.handle);
      return;
    case 'revoke':
      if (call.which !== 'all') checkHandle(call.handle ?? '');
      return;
    case 'lock':
      checkLength('lock name', call.name, LIMITS.lockNameCharacters);
      checkWithin('leaseMs', call.leaseMs, 1, LIMITS.lockLeaseMs);
      checkWithin('waitMs', call.waitMs, 0, LIMITS.lockWaitMs);
      return;
    case 'unlock':
      checkLock(call);
      return;
  }
}

function checkStanding(standing: Standing | undefined): void {
  if (!standing) return;
  checkKey('standing.principal', standing.principal);
  checkHandle(standing.handle);
}

function checkLock({ name, token }: HeldLock): void {
  checkLength('lock name', name, LIMITS.lockNameCharacters);
  checkWhole('lock.token.epoch', token.epoch, 0, Number.MAX_SAFE_INTEGER);
  checkWhole('lock.token.counter', token.counter, 0, Number.MAX_SAFE_INTEGER);
}

function checkHandle(handle: string): void {
  if (KEY.test(handle)) return;
  throw new OptionError('handle', handle, '32 bytes as base64url (43 characters)');
}

function checkWhole(option: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new OptionError(option, value, `a whole number from ${min} to ${max}`);
}

function checkWithin(option: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new OptionError(option, value, `milliseconds from ${min} to ${max}`);
}

function checkChange(call: Extract<OwnerCall, { kind: 'commit' | 'rotate' }>): void {
  assertOperations(call.operations);
  checkDuration('idleTimeoutMs', call.idleTimeoutMs);
  checkJournal(call.journal);
}

function checkJournal(journal: JournalRecord | undefined): void {
  if (!journal) return;
  checkLength('journal key', journal.key, LIMITS.journalKeyCharacters);
  checkLength('fingerprint', journal.fingerprint, NAME_CHARACTERS);
  const { length } = journal.outcome;
  if (length > LIMITS.journalOutcomeBytes) {
    throw new LimitError('journalOutcomeBytes', length, LIMITS.journalOutcomeBytes);
  }
}

function checkKey(option: string, value: string): void {
  if (KEY.test(value)) return;
  throw new OptionError(option, value, 'a SHA-256 as base64url (43 characters)');
}

function checkLength(name: string, value: string, max: number): void {
  if (value.length > max) throw new LimitError(`characters of ${name}`, value.length, max);
}

function checkDuration(option: string, value: number | undefined): void {
  if (value === undefined || (Number.isFinite(value) && value > 0)) return;
  throw new OptionError(option, value, 'a finite number of milliseconds above 0');
}

function checkFinite(option: string, value: number): void {
  if (!Number.isFinite(value)) throw new OptionError(option, value, 'a finite number');
}
