import type { HistoryEntry } from '../history.js';
import type { Evidence, Violation } from './evidence.js';
import { mayBeLost, mayBeSplit } from './excuses.js';

/** A session of a principal under all its ids, as its calls tell. */
interface Place {
  readonly principal: string;
  readonly handle: string;
  readonly limit: number;
  readonly keys: Set<string>;
  /** When its place on the list was first asked for: the list with it may be lost before the login is answered. */
  readonly askedMs: number;
  /** The login was acknowledged. */
  signedIn: HistoryEntry | undefined;
  /** It was served, whoever asked. */
  readonly served: HistoryEntry[];
}

/** What "at most n sessions" and "log out everywhere" mean to whoever watches from outside. */
export function checkPrincipals(evidence: Evidence): Violation[] {
  const places = findPlaces(evidence);
  return [...checkLimits(evidence, places), ...checkEnds(evidence, places)];
}

function findPlaces({ history }: Evidence): Place[] {
  const places = new Map<string, Place>();
  const byKey = new Map<string, Place>();
  for (const { call, beginMs } of history.entries) {
    if (call.kind !== 'enlist') continue;
    const { key: principal, handle, limit, session } = call;
    const place: Place = places.get(handle) ?? {
      principal,
      handle,
      limit,
      keys: new Set(),
      askedMs: beginMs,
      signedIn: undefined,
      served: [],
    };
    places.set(handle, place);
    place.keys.add(session);
    byKey.set(session, place);
  }
  // In the order in which they began: a session is rotated before its next id is used.
  for (const { call } of history.entries) {
    const place = call.kind === 'rotate' && !call.acrossLogin ? byKey.get(call.key) : undefined;
    if (call.kind !== 'rotate' || !place) continue;
    place.keys.add(call.to);
    byKey.set(call.to, place);
  }
  for (const entry of history.entries) note(entry, byKey);
  return [...places.values()];
}

function note(entry: HistoryEntry, byKey: ReadonlyMap<string, Place>): void {
  const { call, result } = entry;
  const isLogin = (call.kind === 'create' || call.kind === 'rotate') && call.standing;
  if (isLogin && result?.kind === 'committed') {
    const place = byKey.get(call.kind === 'rotate' ? call.to : call.key);
    if (place) place.signedIn = entry;
  }
  if (result?.kind === 'record') byKey.get(result.view.key)?.served.push(entry);
}

/** Never more alive at one time than allowed, counted from the answer to a login on. */
function checkLimits(evidence: Evidence, places: readonly Place[]): Violation[] {
  const spans = places.flatMap((place) => {
    const fromMs = place.signedIn?.endMs;
    const untilMs = Math.max(0, ...place.served.map(({ beginMs }) => beginMs));
    return fromMs !== undefined && untilMs > fromMs ? [{ place, fromMs, untilMs }] : [];
  });
  const violations: Violation[] = [];
  for (const { place, fromMs } of spans) {
    const together = spans.filter(
      (other) =>
        other.place.principal === place.principal &&
        other.fromMs <= fromMs &&
        other.untilMs > fromMs,
    );
    if (together.length <= place.limit) continue;
    const firstMs = Math.min(...together.map((other) => other.place.askedMs));
    const lastMs = Math.max(...together.map((other) => other.untilMs));
    if (isExcused(evidence, firstMs, lastMs)) continue;
    const text = `${together.length} sessions alive at ${fromMs.toFixed(1)}, ${place.limit} allowed`;
    violations.push({ rule: 'too-many-sessions', atMs: fromMs, key: place.principal, text });
  }
  return violations;
}

/** Who was revoked, or had to make room, is not served any more once that was answered. */
function checkEnds(evidence: Evidence, places: readonly Place[]): Violation[] {
  const violations: Violation[] = [];
  for (const entry of evidence.history.entries) {
    const { endMs = 0 } = entry;
    for (const place of places) {
      if (!isEndedBy(entry, place)) continue;
      const late = place.served.find(({ beginMs }) => beginMs > endMs);
      if (!late || isExcused(evidence, entry.beginMs, late.endMs ?? 0)) continue;
      // A list that was made anew, because nobody reachable had it, does not know who was on it
      // before: what was revoked there is not what is left of the former one (stumble, seed 62).
      if (mayBeLost(evidence.faults, place.signedIn?.endMs ?? 0)) continue;
      const text = `${late.call.kind} at ${late.node} was served; ended at ${endMs.toFixed(1)} by ${entry.call.kind}`;
      violations.push({
        rule: 'alive-after-revocation',
        atMs: late.beginMs,
        key: late.call.key,
        text,
      });
    }
  }
  return violations;
}

function isEndedBy({ call, result, beginMs }: HistoryEntry, place: Place): boolean {
  if (result?.kind === 'enlisted') {
    return result.ended.some(({ handle }) => handle === place.handle);
  }
  if (call.kind !== 'revoke' || result?.kind !== 'revoked') return false;
  if (call.key !== place.principal) return false;
  const wasSignedIn = (place.signedIn?.endMs ?? Number.POSITIVE_INFINITY) < beginMs;
  if (!wasSignedIn) return false;
  if (call.which === 'all') return true;
  return (call.handle === place.handle) === (call.which === 'one');
}

function isExcused({ faults }: Evidence, fromMs: number, untilMs: number): boolean {
  return mayBeLost(faults, fromMs) || mayBeSplit(faults, fromMs, untilMs);
}
