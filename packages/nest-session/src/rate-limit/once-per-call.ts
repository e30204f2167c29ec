import type { ExecutionContext } from '@nestjs/common';

/** By the context that all guards of a call share; entries go with it. */
const decisions = new WeakMap<ExecutionContext, Promise<void>>();

/**
 * Decides once about a call of a handler, however often its guard runs: for the whole application and for
 * the route. Whoever comes later gets the same answer. Fields of a GraphQL query are calls of their own:
 * one that asks for a field a hundred times, under other names, is a hundred attempts.
 */
export function oncePerCall(context: ExecutionContext, decide: () => Promise<void>): Promise<void> {
  const earlier = decisions.get(context);
  if (earlier) return earlier;
  const decision = decide();
  decisions.set(context, decision);
  return decision;
}
