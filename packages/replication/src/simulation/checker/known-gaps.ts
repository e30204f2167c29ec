import type { Violation } from './evidence.js';

/**
 * What the engine does not do yet, by the rules that show it. A gap is counted and printed but does
 * not fail a seed; an entry goes when the engine does it.
 */
const KNOWN_GAPS: ReadonlyMap<string, string> = new Map();

/** Why a violation is expected for now; undefined when it is not. */
export function gapOf({ rule }: Violation): string | undefined {
  return KNOWN_GAPS.get(rule) ?? KNOWN_GAPS.get(rule.replace(/^(?:rest|end)-/, ''));
}
