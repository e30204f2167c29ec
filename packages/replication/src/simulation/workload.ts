import { Client, type CookieJar } from './client.js';
import { runScript, type Script, sleep } from './script.js';
import type { World } from './world.js';

export interface WorkloadSettings {
  /** Browsers at the same time; each begins a new session when its old one is over. */
  readonly browsers: number;
  readonly untilMs: number;
}

export function startWorkload(world: World, settings: WorkloadSettings): void {
  for (let index = 0; index < settings.browsers; index++) {
    runScript(world.scheduler, browser(world, index, settings.untilMs));
  }
}

function* browser(world: World, index: number, untilMs: number): Script<void> {
  const { scheduler, history } = world;
  const random = world.random.stream(`browser ${index}`);
  yield* sleep(scheduler, random.between(0, 1000));
  while (scheduler.nowMs < untilMs) {
    const ledger = history.newSession();
    const jar: CookieJar = { key: '', over: false };
    const name = `s${ledger.index}`;
    const first = new Client(world, random.stream(`${name} a`), ledger, `${name}a`, jar);
    if (!(yield* first.begin(untilMs))) return;
    const tabs = [first];
    if (random.chance(0.5)) {
      tabs.push(new Client(world, random.stream(`${name} b`), ledger, `${name}b`, jar));
    }
    yield (resume) => {
      let open = tabs.length;
      for (const tab of tabs) {
        runScript(scheduler, tab.browse(untilMs), () => {
          if (--open === 0) resume(undefined);
        });
      }
    };
  }
}
