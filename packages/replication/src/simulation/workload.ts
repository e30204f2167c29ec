import { Client, type CookieJar } from './client.js';
import type { SessionLedger } from './history.js';
import { HOUR_MS } from './requests.js';
import { runScript, type Script, sleep } from './script.js';
import type { World } from './world.js';

const NOBODY: SessionLedger = { index: -1, idleTimeoutMs: HOUR_MS, ids: [] };

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
  const { scheduler } = world;
  const random = world.random.stream(`browser ${index}`);
  yield* sleep(scheduler, random.between(0, 1000));
  for (let life = 0; scheduler.nowMs < untilMs; life++) {
    const name = `b${index}.${life}`;
    const jar: CookieJar = { key: '', ledger: NOBODY, over: false };
    // Few sessions expire while they are watched; for those it is the whole point.
    const idleTimeoutMs = random.chance(0.2) ? random.between(2500, 6000) : HOUR_MS;
    const first = new Client(world, random.stream(`${name} a`), `${name}a`, jar);
    if (!(yield* first.begin(untilMs, idleTimeoutMs))) return;
    const tabs = [first];
    if (random.chance(0.5)) {
      tabs.push(new Client(world, random.stream(`${name} b`), `${name}b`, jar));
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
