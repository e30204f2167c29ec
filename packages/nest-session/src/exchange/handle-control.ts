import { ReplicationError } from '@understudy/replication';
import { reportSafeWrite } from '../csrf/report-safe-write.js';
import { SessionEndedError, SessionUsageError } from '../errors.js';
import { checkLoginOptions, type LoginOptions } from '../session/login-options.js';
import type { Principal } from '../session/principal.js';
import { RecordingBag } from '../session/recording-bag.js';
import type { SessionControl, SessionCookieFacts } from '../session/session-control.js';
import { attachControl, type SessionHandle } from '../session/session-handle.js';
import { createSessionProxy } from '../session/session-proxy.js';
import type { UpdateOptions } from '../session/update-options.js';
import { notThere } from '../stores/sealed/request-session.js';
import { commitOptions, type ExchangeState, requestName } from './exchange-state.js';
import { LateChanges, type ResponseProgress } from './late-changes.js';
import { toSessionError } from './store-errors.js';
import { updateSession } from './update-session.js';

/** The application's side of an exchange: what the handle of a request may do to its session. */
export class HandleControl implements SessionControl {
  #handle: SessionHandle | undefined;
  #lateChanges: LateChanges | undefined;

  constructor(
    private readonly state: ExchangeState,
    private readonly progress: ResponseProgress,
  ) {}

  /** Made when it is first asked for: most requests of most applications never do. */
  get handle(): SessionHandle {
    this.#handle ??= createSessionProxy(this);
    return this.#handle;
  }

  readable(): RecordingBag {
    const bag = this.data();
    if (this.progress.response !== 'open') this.#late().read();
    return bag;
  }

  writable(): RecordingBag {
    this.requireCookie();
    if (this.progress.response !== 'open') this.#late().write();
    return this.data();
  }

  /** The response was settled, and what it waited for is stored. */
  responseEnded(): void {
    this.#lateChanges?.judge();
  }

  /** A session that begins needs one; see `SessionPolicy.strict`. */
  protected requireCookie(): void {
    this.data();
    const { live, headersGone, runtime } = this.state;
    if (headersGone && live.presence.kind !== 'present') {
      const message = 'a session cannot begin after the headers left: its cookie would not arrive';
      if (runtime.policy.strict) throw new SessionUsageError(message);
      runtime.logger.error(`${requestName(this.state)}: ${message}`);
    }
  }

  protected data(): RecordingBag {
    const { live } = this.state;
    if (live.presence.kind === 'ended') {
      throw new SessionEndedError('the session was ended and cannot be used any more');
    }
    return live.data;
  }

  key(): string {
    return this.state.live.key();
  }

  now(): number {
    return this.state.runtime.now();
  }

  setIdleTimeout(ms: number | undefined): void {
    this.writable();
    if (this.state.headersGone) {
      throw new SessionUsageError('session.cookie cannot be set after the headers left');
    }
    this.state.live.facts.lifetime.setIdleTimeout(ms);
  }

  cookie(): SessionCookieFacts {
    const { runtime, facts, live } = this.state;
    const { cookies } = runtime.policy;
    const maxAge = live.idleRemainingMs;
    return {
      path: cookies.path,
      domain: cookies.domain,
      httpOnly: true,
      secure: cookies.secure === true || (cookies.secure === 'auto' && facts.secure),
      sameSite: cookies.sameSite,
      partitioned: cookies.partitioned,
      maxAge,
      expires: new Date(runtime.now() + maxAge),
    };
  }

  principal(): Principal | null {
    this.data();
    return this.state.live.facts.principal;
  }

  place(): { readonly principal: string; readonly handle: string } | undefined {
    this.data();
    const { principal, handle } = this.state.live.facts;
    return principal && handle !== undefined ? { principal: principal.id, handle } : undefined;
  }

  csrfToken(): string {
    this.data();
    return this.state.live.csrfToken();
  }

  async save(): Promise<void> {
    this.data();
    const { live, headersGone } = this.state;
    if (headersGone && live.presence.kind !== 'present' && live.changed) {
      throw new SessionUsageError('a new session cannot be saved after the headers left');
    }
    reportSafeWrite(this.state);
    const options = commitOptions(this.state, { renew: !headersGone });
    await this.#engine(() => live.commit(options));
  }

  async reload(): Promise<void> {
    this.data();
    await this.#engine(() => this.state.live.reload());
  }

  touch(): void {
    this.data();
    const { live, runtime } = this.state;
    if (live.presence.kind === 'present') runtime.store.touch(live.presence.snapshot.key);
  }

  regenerate(): void {
    this.#requireHeaders('regenerate');
    this.writable();
    this.state.live.regenerate();
  }

  replaceHandle(): void {
    const shown = new RecordingBag('data', this.data().contents());
    attachControl(this.handle, new DetachedControl(this.state, this.progress, shown));
    this.#handle = undefined;
  }

  async destroy(reason: string): Promise<void> {
    this.data();
    await this.#engine(() => this.state.live.destroy(reason));
  }

  login(principal: Principal, options: LoginOptions): void {
    this.#requireHeaders('login');
    this.writable();
    const { live, runtime } = this.state;
    const { rememberTimeoutMs } = runtime.policy;
    live.login(principal, checkLoginOptions(options, rememberTimeoutMs, runtime.now()));
  }

  rotate(): void {
    this.#requireHeaders('rotate');
    this.writable();
    this.state.live.rotate();
  }

  /** The client would go on with the old id, which ends with this: it would be signed out. */
  #requireHeaders(method: string): void {
    if (!this.state.headersGone) return;
    throw new SessionUsageError(
      `session.${method}() gives the client another id, which would not arrive: ` +
        'the headers have left, or this is a socket; do it in a request of its own',
    );
  }

  requireServer(what: string): void {
    if (this.state.runtime.sealed) throw notThere(what);
  }

  async update<Result>(
    change: (draft: object) => Result | Promise<Result>,
    options: UpdateOptions,
  ): Promise<Result> {
    this.requireServer('update()');
    this.requireCookie();
    try {
      return await this.#storing(() => updateSession(this.state, change, options));
    } catch (error) {
      // What the application's own function throws is its own affair.
      throw error instanceof ReplicationError ? toSessionError(error, true) : error;
    }
  }

  /** Turns errors of the engine into what clients are told; the handler is running. */
  async #engine<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await this.#storing(work);
    } catch (error) {
      throw toSessionError(error, true);
    }
  }

  /** What is stored by this is no change that was lost. */
  #storing<Result>(work: () => Promise<Result>): Promise<Result> {
    const late = this.#lateChanges;
    return late ? late.storing(work) : work();
  }

  #late(): LateChanges {
    this.#lateChanges ??= new LateChanges(this.state, this.progress);
    return this.#lateChanges;
  }
}

/** What is behind a handle that `regenerate(callback)` has replaced: the old properties to read. */
class DetachedControl extends HandleControl {
  constructor(
    state: ExchangeState,
    progress: ResponseProgress,
    private readonly shown: RecordingBag,
  ) {
    super(state, progress);
  }

  protected override data(): RecordingBag {
    return this.shown;
  }

  protected override requireCookie(): never {
    throw new SessionUsageError('this session was regenerated; use request.session');
  }
}
