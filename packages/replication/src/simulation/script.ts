import type { Scheduler } from './scheduler.js';

/** Something a script waits for; it calls back once. */
export type Wait = (resume: (value: unknown) => void) => void;

/** A client or a handler, written from top to bottom and run under virtual time. */
export type Script<T> = Generator<Wait, T, unknown>;

/** Runs a script; never resumes it inside the event that it waited for. */
export function runScript<T>(
  scheduler: Scheduler,
  script: Script<T>,
  done: (value: T) => void = () => {},
): void {
  const resume = (value: unknown): void => {
    const step = script.next(value);
    if (step.done) {
      done(step.value);
      return;
    }
    let resumed = false;
    step.value((next) => {
      if (resumed) return;
      resumed = true;
      scheduler.after(0.005, () => resume(next));
    });
  };
  resume(undefined);
}

export function* sleep(scheduler: Scheduler, ms: number): Script<void> {
  yield (resume) => scheduler.after(ms, () => resume(undefined));
}
