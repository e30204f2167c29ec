import type { Violation } from './evidence.js';

/**
 * What the engine does not do yet, by the rules that show it. A gap is counted and printed but does
 * not fail a seed; an entry goes when the engine does it.
 */
const KNOWN_GAPS: ReadonlyMap<string, string> = new Map([
  ['stray-copy', 'nobody compares what a node holds with what it should (anti-entropy)'],
  ['surplus-copy', 'a `drop` that got lost is not told again (anti-entropy)'],
  ['half-buried', 'a node that was away does not learn what ended meanwhile (anti-entropy)'],
  ['revived', 'sides that meet again do not tell each other what ended (anti-entropy)'],
]);

/** Why a violation is expected for now; undefined when it is not. */
export function gapOf({ rule }: Violation): string | undefined {
  return KNOWN_GAPS.get(rule.replace(/^(?:rest|end)-/, ''));
}
