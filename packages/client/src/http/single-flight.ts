/** Shares one run of `work` among all who ask while it is under way; the first one's input counts. */
export function singleFlight<Input extends unknown[], Value>(
  work: (...input: Input) => Promise<Value>,
): (...input: Input) => Promise<Value> {
  let running: Promise<Value> | undefined;
  return (...input) => {
    running ??= work(...input).finally(() => {
      running = undefined;
    });
    return running;
  };
}
