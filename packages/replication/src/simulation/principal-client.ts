import type { CallOutcome, OwnerCall } from '../core/calls/calls.js';
import type { Standing } from '../core/principals/standing.js';
import type { Random } from './random.js';
import { call, mintKey, open, type RequestContext, think } from './requests.js';
import { runScript, type Script, sleep } from './script.js';
import type { SimProcess } from './sim-process.js';
import type { World } from './world.js';

const HOUR_MS = 3_600_000;
const PRINCIPALS = 2;
const DEVICES = 4;
export const SESSION_LIMIT = 2;

/** People with more devices than sessions allowed, who sign in, look, sign out and revoke. */
export function startPrincipals(world: World, untilMs: number): void {
  const random = world.random.stream('principals');
  for (let person = 0; person < PRINCIPALS; person++) {
    const principal = random.key();
    const policy = person % 2 === 0 ? 'evict-oldest' : 'reject';
    for (let device = 0; device < DEVICES; device++) {
      const name = `p${person}.${device}`;
      const own = random.stream(name);
      const client = new PrincipalClient(world, own, name, principal, policy);
      runScript(world.scheduler, client.live(untilMs));
    }
  }
}

interface SignedIn {
  key: string;
  readonly handle: string;
  readonly standing: Standing;
}

class PrincipalClient {
  constructor(
    private readonly world: World,
    private readonly random: Random,
    private readonly tab: string,
    private readonly principal: string,
    private readonly policy: 'evict-oldest' | 'reject',
  ) {}

  *live(untilMs: number): Script<void> {
    const { scheduler } = this.world;
    while (scheduler.nowMs < untilMs) {
      yield* sleep(scheduler, this.random.between(100, 2500));
      const session = yield* this.#signIn();
      while (session && scheduler.nowMs < untilMs) {
        yield* sleep(scheduler, this.random.between(20, 1200));
        if (!(yield* this.#use(session))) break;
      }
    }
  }

  /** A place first, then the session: made at once, or by a login of somebody who had one. */
  *#signIn(): Script<SignedIn | undefined> {
    const process = this.#choose();
    if (!process) return undefined;
    const key = this.#newKey(process);
    const handle = this.random.key();
    const enlisted = yield* this.#call(process, key, (id) => this.#enlist(id, key, handle));
    if (enlisted?.kind !== 'enlisted') return undefined;
    const { standing } = enlisted;
    yield* think(this.#context(process, key), 100);
    const made = this.random.chance(0.5)
      ? yield* this.#create(process, key, standing)
      : yield* this.#logIn(process, key, standing);
    return made?.kind === 'committed' ? { key, handle, standing } : undefined;
  }

  #enlist(id: Parameters<Parameters<typeof call>[1]>[0], session: string, handle: string) {
    return {
      kind: 'enlist',
      key: this.principal,
      id,
      handle,
      session,
      limit: SESSION_LIMIT,
      policy: this.policy,
      absoluteTimeoutMs: 12 * HOUR_MS,
      createdMs: 0,
      seenMs: 0,
      device: new Uint8Array(),
    } as const;
  }

  #create(process: SimProcess, key: string, standing?: Standing): Script<CallOutcome | undefined> {
    return this.#call(process, key, (id) => ({
      kind: 'create',
      key,
      id,
      data: {},
      system: {},
      idleTimeoutMs: HOUR_MS,
      absoluteTimeoutMs: 12 * HOUR_MS,
      durability: 'backup',
      standing,
    }));
  }

  *#logIn(process: SimProcess, to: string, standing: Standing): Script<CallOutcome | undefined> {
    const from = this.#newKey(process);
    const made = yield* this.#create(process, from);
    if (made?.kind !== 'committed') return made;
    return yield* this.#rotate(process, from, to, standing);
  }

  *#rotate(
    process: SimProcess,
    from: string,
    to: string,
    standing?: Standing,
  ): Script<CallOutcome | undefined> {
    const opened = yield* open(this.#context(process, from));
    if (opened?.kind !== 'record') return opened;
    return yield* this.#call(process, from, (id) => ({
      kind: 'rotate',
      key: from,
      id,
      to,
      base: opened.view.version,
      operations: [],
      acrossLogin: standing !== undefined,
      durability: 'backup',
      standing,
    }));
  }

  /** False when the session is over for this device. */
  *#use(session: SignedIn): Script<boolean> {
    const process = this.#choose();
    if (!process) return true;
    const draw = this.random.next();
    if (draw < 0.75) {
      const opened = yield* open(this.#context(process, session.key));
      return opened?.kind !== 'destroyed' && opened?.kind !== 'unknown';
    }
    if (draw < 0.85) {
      const to = this.#newKey(process);
      const rotated = yield* this.#rotate(process, session.key, to);
      if (rotated?.kind === 'committed') session.key = rotated.view.key;
      return rotated?.kind === 'committed';
    }
    if (draw < 0.92) return yield* this.#revoke(process, session);
    yield* this.#signOut(process, session);
    return false;
  }

  *#revoke(process: SimProcess, { handle, key }: SignedIn): Script<boolean> {
    const which = this.random.pick(['all', 'others', 'others', 'one'] as const);
    yield* this.#call(process, key, (id) => ({
      kind: 'revoke',
      key: this.principal,
      id,
      which,
      handle,
    }));
    return which === 'others';
  }

  *#signOut(process: SimProcess, { key, handle }: SignedIn): Script<void> {
    yield* this.#call(process, key, () => ({ kind: 'destroy', key, reason: 'logout' }));
    if (this.random.chance(0.5)) return;
    yield* this.#call(process, key, () => ({ kind: 'delist', key: this.principal, handle }));
  }

  #newKey(process: SimProcess): string {
    const key = mintKey({ process, random: this.random });
    this.world.history.others.push(key);
    return key;
  }

  #choose(): SimProcess | undefined {
    const serving = this.world.processes.filter((process) => process.serves);
    return serving.length > 0 ? this.random.pick(serving) : undefined;
  }

  #call(
    process: SimProcess,
    key: string,
    make: (id: Parameters<Parameters<typeof call>[1]>[0]) => OwnerCall,
  ): Script<CallOutcome | undefined> {
    return call(this.#context(process, key), make);
  }

  #context(process: SimProcess, key: string): RequestContext {
    const { world, random, tab } = this;
    return { world, random, process, session: -1, tab, key, seen: undefined, hints: [] };
  }
}
