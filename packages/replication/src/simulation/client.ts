import type { CallOutcome } from '../core/calls/calls.js';
import type { Version } from '../core/record/version.js';
import { newer, type SessionLedger } from './history.js';
import type { Random } from './random.js';
import {
  call,
  commit,
  create,
  HOUR_MS,
  mintKey,
  open,
  type RequestContext,
  rotate,
  think,
} from './requests.js';
import { runScript, type Script, sleep } from './script.js';
import type { SimProcess } from './sim-process.js';
import type { World } from './world.js';

/** A browser gives up on an answer after this. */
const CLIENT_TIMEOUT_MS = 8000;
/** Some do not wait that long, and repeat what is still being worked on. */
const IMPATIENT_MS = 1200;
const KEYED_ATTEMPTS = 8;
export const SESSION_RATE = { policy: 'clicks', intervalMs: 200, burst: 5 } as const;
export const SHARED_RATE = { policy: 'logins', intervalMs: 300, burst: 10 } as const;

/** Cookies, shared by the tabs of one browser. */
export interface CookieJar {
  key: string;
  ledger: SessionLedger;
  over: boolean;
}

/** What came back to the browser; undefined when nothing did. */
type Response = CallOutcome | undefined;

/**
 * One tab of a browser: requests one after another, each at the node that answered last or, as if
 * the balancer were stale, at any other.
 */
export class Client {
  #seen: Version | undefined;
  #home: string | undefined;
  #lastToken = 0;
  /** Where a balancer without route cookies sends this tab, whoever owns its session. */
  readonly #pinnedTo: string | undefined;

  constructor(
    private readonly world: World,
    private readonly random: Random,
    private readonly tab: string,
    private readonly jar: CookieJar,
  ) {
    const { slots } = world;
    this.#pinnedTo = random.chance(0.15) ? random.pick(slots).id : undefined;
  }

  *browse(untilMs: number): Script<void> {
    const { scheduler } = this.world;
    while (!this.jar.over && scheduler.nowMs < untilMs) {
      yield* sleep(scheduler, this.random.between(5, 300));
      yield* this.#act();
    }
  }

  /** Repeats until a node has made the session; a lost answer leaves a session nobody knows of. */
  *begin(untilMs: number, idleTimeoutMs: number): Script<boolean> {
    const { scheduler } = this.world;
    while (scheduler.nowMs < untilMs) {
      const process = this.#choose();
      if (process) {
        const key = mintKey({ process, random: this.random });
        this.jar.key = key;
        this.jar.ledger = this.world.history.newSession(key, idleTimeoutMs);
        const response = yield* this.#request(process, create);
        if (response?.kind === 'committed') return true;
      }
      yield* sleep(scheduler, this.random.between(50, 500));
    }
    return false;
  }

  *#act(): Script<void> {
    const { idleTimeoutMs } = this.jar.ledger;
    if (idleTimeoutMs < HOUR_MS && this.random.chance(0.12)) {
      yield* this.#rest(idleTimeoutMs);
      return;
    }
    const draw = this.random.next();
    if (draw < 0.25) yield* this.#once((context) => open(context));
    else if (draw < 0.6) yield* this.#once((context) => this.#write(context, false));
    else if (draw < 0.7) yield* this.#once((context) => this.#write(context, true));
    else if (draw < 0.85) yield* this.#keyed();
    else if (draw < 0.89) yield* this.#once((context) => this.#consume(context, 'session'));
    else if (draw < 0.93) yield* this.#once((context) => this.#consume(context, 'shared'));
    else if (draw < 0.95) yield* this.#once((context) => this.#touch(context));
    else if (draw < 0.985) yield* this.#rotate();
    else yield* this.#destroy();
  }

  *#once(handler: (context: RequestContext) => Script<Response>): Script<Response> {
    const process = this.#choose();
    return process ? yield* this.#request(process, handler) : undefined;
  }

  #choose(): SimProcess | undefined {
    const serving = this.world.processes.filter((process) => process.serves);
    // The first request goes anywhere: whoever makes the session owns it.
    const pinned = this.#home && serving.find((process) => process.id === this.#pinnedTo);
    if (pinned && this.random.chance(0.95)) return pinned;
    const home = serving.find((process) => process.id === this.#home);
    if (home && this.random.chance(home.paused ? 0.4 : 0.8)) return home;
    return serving.length > 0 ? this.random.pick(serving) : undefined;
  }

  /** The handler runs to its end whether or not anyone still waits for it. */
  *#request(
    process: SimProcess,
    handler: (context: RequestContext) => Script<Response>,
  ): Script<Response> {
    const { world, random, jar, tab } = this;
    const { scheduler } = world;
    const context: RequestContext = {
      world,
      random: random.stream(`request ${scheduler.nowMs}`),
      process,
      session: jar.ledger.index,
      tab,
      key: this.#cookie(),
      seen: this.#seen,
      hints: this.#home ? [this.#home] : [],
    };
    const response = (yield (resume) => {
      const patienceMs = random.chance(0.25) ? IMPATIENT_MS : CLIENT_TIMEOUT_MS;
      scheduler.after(patienceMs, () => resume(undefined));
      runScript(scheduler, handler(context), (value) =>
        scheduler.after(random.between(0.1, 1), () => resume(process.alive ? value : undefined)),
      );
    }) as Response;
    this.#learn(context, response);
    return response;
  }

  /** Now and then a page from before a rotation, out of the history of the browser. */
  #cookie(): string {
    const { ids } = this.jar.ledger;
    const [latest] = ids.slice(-1);
    const isKnown = ids.length > 1 && latest?.key === this.jar.key;
    return isKnown && this.random.chance(0.06) ? this.random.pick(ids).key : this.jar.key;
  }

  #learn(context: RequestContext, response: Response): void {
    if (!response) {
      this.#home = undefined;
      return;
    }
    // As the balancer follows, once.
    if (response.kind === 'elsewhere') this.#home = response.owner;
    if ('view' in response) {
      this.#home = response.view.owner;
      if (response.view.key === context.key || response.view.key === this.jar.key) {
        this.#seen = newer(this.#seen, response.view.version);
      }
    }
    const ended = response.kind === 'destroyed' || response.kind === 'unknown';
    // Another tab may have rotated the session meanwhile.
    if (ended && context.key === this.jar.key) this.jar.over = true;
  }

  *#write(context: RequestContext, exact: boolean): Script<Response> {
    let opened = yield* open(context);
    for (let attempt = 0; opened && 'view' in opened && attempt < 3; attempt++) {
      yield* think(context, 30);
      const durability = exact
        ? 'backup'
        : this.random.pick(['backup', 'backup', 'backup', 'all', 'async'] as const);
      const change = { exact, durability };
      opened = yield* commit(context, opened.view, this.#token(), change);
      if (opened?.kind !== 'conflict') break;
    }
    return opened;
  }

  /** One logical request, repeated with its key until it has an outcome. */
  *#keyed(): Script<void> {
    const journalKey = `${this.tab}-${++this.#lastToken}`;
    for (let attempt = 0; attempt < KEYED_ATTEMPTS; attempt++) {
      const response = yield* this.#once((context) => this.#keyedAttempt(context, journalKey));
      const kind = response?.kind;
      if (kind === 'committed' || kind === 'replayed') return;
      if (kind === 'destroyed' || kind === 'unknown') return;
      yield* sleep(this.world.scheduler, this.random.between(50, 1500));
    }
  }

  *#keyedAttempt(context: RequestContext, journalKey: string): Script<Response> {
    const { key } = context;
    const fingerprint = journalKey;
    const reserved = yield* call(context, (id) => ({
      kind: 'reserve',
      key,
      id,
      journalKey,
      fingerprint,
    }));
    if (reserved?.kind !== 'reserved') return reserved;
    const opened = yield* open(context);
    if (!opened || !('view' in opened)) {
      yield* call(context, () => ({ kind: 'release', key, journalKey }));
      return opened;
    }
    // Now and then so long that its node may be given up meanwhile.
    yield* think(context, this.random.chance(0.08) ? 5000 : 60);
    const change = { exact: false, durability: 'backup', journalKey } as const;
    const result = yield* commit(context, opened.view, this.#token(), change);
    if (result?.kind === 'refused') {
      yield* call(context, () => ({ kind: 'release', key, journalKey }));
    }
    return result;
  }

  *#consume(context: RequestContext, scope: 'session' | 'shared'): Script<Response> {
    const rate = scope === 'session' ? SESSION_RATE : SHARED_RATE;
    const key = scope === 'session' ? context.key : `shared-${context.session % 2}`.padEnd(43, 'A');
    return yield* call(context, (id) => ({ kind: 'consume', key, scope, id, ...rate, cost: 1 }));
  }

  *#touch(context: RequestContext): Script<Response> {
    return yield* call(context, () => ({ kind: 'touch', key: context.key }));
  }

  /** Says that it is there, is away for almost as long as it may or for too long, and looks. */
  *#rest(idleTimeoutMs: number): Script<void> {
    yield* this.#once((context) => this.#touch(context));
    const share = this.random.chance(0.8) ? this.random.between(0.85, 0.96) : 1.5;
    yield* sleep(this.world.scheduler, idleTimeoutMs * share + (share > 1 ? 3000 : 0));
    yield* this.#once((context) => open(context));
  }

  *#rotate(): Script<void> {
    const acrossLogin = this.random.chance(0.5);
    let minted: string | undefined;
    const response = yield* this.#once(
      function* (this: Client, context: RequestContext): Script<Response> {
        const opened = yield* open(context);
        if (!opened || !('view' in opened)) return opened;
        yield* think(context, 30);
        const to = mintKey(context);
        minted = to;
        this.jar.ledger.ids.push({ key: to, from: opened.view.key, acrossLogin });
        return yield* rotate(context, opened.view, to, this.#token(), acrossLogin);
      }.bind(this),
    );
    if (response?.kind !== 'committed') return;
    // A rotation that lost against another one ends at its successor.
    this.jar.key = response.view.key;
    if (minted === response.view.key) this.#seen = response.view.version;
  }

  *#destroy(): Script<void> {
    for (let attempt = 0; attempt < 4; attempt++) {
      const response = yield* this.#once((context) =>
        call(context, () => ({ kind: 'destroy', key: context.key, reason: 'logout' })),
      );
      if (response && response.kind !== 'refused') {
        this.jar.over = true;
        return;
      }
      yield* sleep(this.world.scheduler, this.random.between(50, 800));
    }
  }

  #token(): string {
    return `${this.tab}:${++this.#lastToken}`;
  }
}
