interface Decision {
  readonly handler: object;
  readonly rules: object;
  readonly outcome: Promise<void>;
}

/** By request; entries go with it. */
const decisions = new WeakMap<object, Decision[]>();

/**
 * Decides once about a handler of a request, however often its guard runs: for the whole application
 * and for the route. Whoever comes later gets the same answer.
 */
export function oncePerRequest(
  request: object,
  { handler, rules }: Pick<Decision, 'handler' | 'rules'>,
  decide: () => Promise<void>,
): Promise<void> {
  const made = decisions.get(request) ?? [];
  const earlier = made.find((one) => one.handler === handler && one.rules === rules);
  if (earlier) return earlier.outcome;
  const outcome = decide();
  decisions.set(request, [...made, { handler, rules, outcome }]);
  return outcome;
}
