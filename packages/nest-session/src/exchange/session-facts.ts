import { BINDING_KEY, STALE_LOGIN_KEY } from '../binding/binding-key.js';
import { LiveLifetime } from '../lifetime/live-lifetime.js';
import { SCHEMA_VERSION_KEY } from '../schema/read-data.js';
import type { LoginOptions } from '../session/login-options.js';
import type { Principal } from '../session/principal.js';
import { RecordingBag } from '../session/recording-bag.js';
import type { Client } from './client.js';
import type { SessionRuntime } from './session-runtime.js';

const CSRF_TOKEN_BYTES = 24;
const HANDLE_BYTES = 32;

/** When and how somebody signed in last. */
export interface LoginProof {
  readonly atMs: number;
  readonly factors: number;
}

/** What the session layer itself keeps in a record: who is signed in, how, and until when. */
export class SessionFacts {
  readonly bag: RecordingBag;
  readonly lifetime: LiveLifetime;

  constructor(
    private readonly runtime: SessionRuntime,
    private readonly client: Client,
    stored: ConstructorParameters<typeof RecordingBag>[1],
  ) {
    this.bag = new RecordingBag('system', stored);
    this.lifetime = new LiveLifetime(runtime, this.bag);
  }

  get principal(): Principal | null {
    return (this.bag.get('principal') as Principal | undefined) ?? null;
  }

  /** Undefined when nobody signed in, or has to do so again. */
  get proof(): LoginProof | undefined {
    const at = this.bag.get('authenticatedAt');
    if (!(at instanceof Date) || this.bag.has(STALE_LOGIN_KEY)) return undefined;
    return { atMs: at.getTime(), factors: Number(this.bag.get('factors') ?? 1) };
  }

  /** Names the session on the list of its principal. */
  get handle(): string | undefined {
    const handle = this.bag.get('handle');
    return typeof handle === 'string' ? handle : undefined;
  }

  /** The token the session is known by to forms. */
  get csrfToken(): string | undefined {
    const token = this.bag.get('csrf');
    return typeof token === 'string' ? token : undefined;
  }

  /** A lifetime alone is nothing to remember: it would make a session of every visit. */
  get isEmpty(): boolean {
    return this.bag.keys().every((name) => name === 'idleMs');
  }

  login(principal: Principal, options: LoginOptions): void {
    this.bag.set('principal', principal);
    this.bag.set('authenticatedAt', new Date(this.runtime.now()));
    this.bag.set('factors', options.factors ?? 1);
    this.bag.delete(STALE_LOGIN_KEY);
    this.lifetime.begin(options);
    this.bag.set('handle', this.runtime.randomBytes(HANDLE_BYTES).toString('base64url'));
    this.newCsrfToken();
  }

  newCsrfToken(): string {
    const token = this.runtime.randomBytes(CSRF_TOKEN_BYTES).toString('base64url');
    this.bag.set('csrf', token);
    // A token marks a new holder: the beginning of a record, a login.
    const traits = this.client.traits();
    if (traits) this.bag.set(BINDING_KEY, traits);
    const { schema } = this.runtime.policy;
    // What exists keeps its version: it may be newer than this application.
    if (schema && !this.bag.has(SCHEMA_VERSION_KEY)) {
      this.bag.set(SCHEMA_VERSION_KEY, schema.version);
    }
    return token;
  }
}
