import type { SessionDocument } from '@understudy/replication';
import { SessionEndedError } from '../errors.js';
import type { VerifiedId } from '../identity/id-cookie.js';
import { mintPlacedId } from '../identity/session-id.js';
import type { LoginOptions } from '../session/login-options.js';
import type { Principal } from '../session/principal.js';
import { RecordingBag } from '../session/recording-bag.js';
import { type Change, hasOperations } from './change.js';
import type { Client } from './client.js';
import type { Opened } from './open-session.js';
import { type Minted, type Presence, presentFrom } from './presence.js';
import { SessionFacts } from './session-facts.js';
import type { SessionRuntime } from './session-runtime.js';
import { TakesTurns } from './takes-turns.js';
import type { Rotation, WriteOptions } from './write-record.js';

const EMPTY: SessionDocument = { data: {}, system: {} };

/** What one request sees of its session and wants of it, none of which is stored yet. */
export abstract class SessionDraft extends TakesTurns {
  /** The application's properties. */
  readonly data: RecordingBag;
  readonly facts: SessionFacts;
  /** What the client came with; undefined once it is not to be replaced for its age any more. */
  protected presented: VerifiedId | undefined;
  /** The next commit gives the session another id. */
  protected rotation: (Rotation & { readonly reason?: 'age' }) | undefined;
  /** Who signs in with the next commit. */
  protected signingIn: Principal | undefined;
  #presence: Presence;
  #mustExist = false;

  constructor(
    protected readonly runtime: SessionRuntime,
    opened: Opened,
    protected readonly client: Client,
  ) {
    super();
    this.#presence =
      opened.kind === 'present' ? presentFrom(opened.snapshot, opened.newId) : opened;
    this.presented = opened.kind === 'present' ? opened.presented : undefined;
    const { data, system } = this.document;
    this.data = new RecordingBag('data', data);
    this.facts = new SessionFacts(runtime, client, system);
  }

  get presence(): Presence {
    return this.#presence;
  }

  protected set presence(presence: Presence) {
    this.#presence = presence;
  }

  /** Milliseconds until the session ends if nobody comes back. */
  get idleRemainingMs(): number {
    const presence = this.presence;
    const isOpen = presence.kind === 'present' && !this.isNewIdle;
    return isOpen ? presence.snapshot.idleRemainingMs : this.facts.lifetime.current.idleTimeoutMs;
  }

  /** Hash of the id; mints one when there is none. Throws once the session has ended. */
  key(): string {
    const presence = this.presence;
    switch (presence.kind) {
      case 'present':
        return presence.snapshot.key;
      case 'minted':
        return presence.key;
      case 'absent':
        return this.mint().key;
      case 'ended':
        throw new SessionEndedError();
    }
  }

  /** The token the session is known by to forms; without one yet, it gets one and is stored. */
  csrfToken(): string {
    const token = this.facts.csrfToken;
    if (token !== undefined) return token;
    this.#mustExist = true;
    return this.facts.newCsrfToken();
  }

  /** Makes the next commit create the record even if nothing was written. */
  requireRecord(): void {
    this.#mustExist = true;
  }

  login(principal: Principal, options: LoginOptions = {}): void {
    this.facts.login(principal, options);
    this.signingIn = principal;
    this.#mustExist = true;
    this.rotation = { acrossLogin: true };
  }

  rotate(): void {
    this.rotation ??= { acrossLogin: false };
  }

  regenerate(): void {
    this.data.clear();
    this.facts.bag.clear();
    this.signingIn = undefined;
    this.rotation = { acrossLogin: true };
    if (this.presence.kind === 'present') this.facts.newCsrfToken();
  }

  /** Forgets everything that was not committed. */
  discard(): void {
    const { data, system } = this.document;
    this.data.reset(data);
    this.facts.bag.reset(system);
    this.forgetIntents();
  }

  /** Whether a commit would store something. Throws when a value cannot be stored. */
  get changed(): boolean {
    return this.notice() !== undefined;
  }

  /** What a commit would store, for the commit that follows at once; undefined: nothing. */
  notice(): Change | undefined {
    const { kind } = this.presence;
    if (kind === 'ended') return undefined;
    if (kind !== 'present' && !this.#mustExist && this.#isEmpty) return undefined;
    const change = this.change();
    const isWanted = kind !== 'present' || this.rotation !== undefined || hasOperations(change);
    return isWanted ? change : undefined;
  }

  /** Whether the application changed a property; reading flash messages is no such change. */
  get changesData(): boolean {
    return this.data.change().operations.some(({ path }) => path[1] !== 'flash');
  }

  protected get document(): SessionDocument {
    return this.presence.kind === 'present' ? this.presence.snapshot.document : EMPTY;
  }

  protected mint(): Minted {
    const minted = mintPlacedId(this.runtime.randomBytes, this.runtime.store);
    const presence: Minted = { kind: 'minted', ...minted };
    this.presence = presence;
    return presence;
  }

  protected change(): Change {
    return { data: this.data.change(), system: this.facts.bag.change() };
  }

  protected beginsRecord({ journal }: WriteOptions): boolean {
    const { kind } = this.presence;
    if (kind === 'present' || kind === 'ended') return false;
    return this.#mustExist || journal !== undefined || !this.#isEmpty;
  }

  get #isEmpty(): boolean {
    return this.facts.isEmpty && this.data.keys().length === 0;
  }

  protected forgetIntents(): void {
    this.signingIn = undefined;
    this.rotation = undefined;
    this.#mustExist = false;
  }

  protected get isNewIdle(): boolean {
    return this.facts.lifetime.differsFrom(this.document.system);
  }

  protected preview({ data, system }: Change): SessionDocument {
    return { data: this.data.preview(data), system: this.facts.bag.preview(system) };
  }
}
