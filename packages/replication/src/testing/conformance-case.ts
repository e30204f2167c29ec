/** One promise of an interface as a test: `run` rejects with an `AssertionError` when it is broken. */
export interface ConformanceCase {
  readonly name: string;
  run(): Promise<void>;
}
