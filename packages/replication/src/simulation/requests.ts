import type { CallOutcome, OwnerCall, RecordView } from '../core/calls/calls.js';
import type { CommitId } from '../core/record/applied-commits.js';
import type { Version } from '../core/record/version.js';
import { ranksFirst } from '../placement/rank.js';
import type { HistoryEntry } from './history.js';
import type { Random } from './random.js';
import { type Script, sleep } from './script.js';
import type { SimProcess } from './sim-process.js';
import type { World } from './world.js';

export const HOUR_MS = 3_600_000;

/** What a request carries: cookies, and who it is. */
export interface RequestContext {
  readonly world: World;
  readonly random: Random;
  readonly process: SimProcess;
  readonly session: number;
  readonly tab: string;
  readonly key: string;
  readonly seen: Version | undefined;
  readonly hints: readonly string[];
}

interface CallExtras {
  readonly token?: string;
  readonly casValue?: number;
}

/** One call of a handler, written down. Undefined: the process died. */
export function* call(
  context: RequestContext,
  make: (id: CommitId) => OwnerCall,
  extras: CallExtras = {},
): Script<CallOutcome | undefined> {
  const { world, process, session, tab } = context;
  const placeholder: OwnerCall = make({ origin: '', counter: 0, watermark: 0 });
  const entry: HistoryEntry = world.history.begin({
    session,
    tab,
    node: process.id,
    call: placeholder,
    beginMs: world.scheduler.nowMs,
    ...extras,
  });
  const result = (yield (resume) =>
    process.call(
      (running) => {
        entry.call = 'id' in placeholder ? make(running.nextCommitId()) : placeholder;
        return entry.call;
      },
      context.hints,
      resume,
    )) as CallOutcome | undefined;
  entry.result = result;
  if (result) entry.endMs = world.scheduler.nowMs;
  return result;
}

export function* open(context: RequestContext): Script<CallOutcome | undefined> {
  const { key, seen } = context;
  return yield* call(context, () => ({ kind: 'open', key, seen }));
}

/** A node mints ids that it would own. */
export function mintKey(context: Pick<RequestContext, 'process' | 'random'>): string {
  const members = context.process.core.placementMembers();
  let key = context.random.key();
  for (let tries = 4 * members.length; tries > 0; tries--) {
    if (ranksFirst(key, context.process.id, members)) break;
    key = context.random.key();
  }
  return key;
}

export function* create(context: RequestContext): Script<CallOutcome | undefined> {
  const { key, session, world } = context;
  const idleTimeoutMs = world.history.sessions[session]?.idleTimeoutMs ?? HOUR_MS;
  return yield* call(context, (id) => ({
    kind: 'create',
    key,
    id,
    data: { list: [], count: 0, cas: 0 },
    system: { session },
    idleTimeoutMs,
    absoluteTimeoutMs: 12 * HOUR_MS,
    durability: 'backup',
  }));
}

interface Change {
  readonly exact: boolean;
  readonly durability: 'async' | 'backup' | 'all';
  readonly journalKey?: string | undefined;
}

/** Appends a token and counts it, in one commit; exact ones also move the compare-and-set counter. */
export function* commit(
  context: RequestContext,
  view: RecordView,
  token: string,
  change: Change,
): Script<CallOutcome | undefined> {
  const { exact, durability, journalKey } = change;
  const data = view.document.data as { list?: readonly string[]; cas?: number };
  const casValue = (data.cas ?? 0) + 1;
  return yield* call(
    context,
    (id) => ({
      kind: 'commit',
      key: view.key,
      id,
      base: view.version,
      operations: [
        ...appendToken(data.list?.length ?? 0, token),
        ...(exact ? [{ kind: 'set', path: ['data', 'cas'], value: casValue } as const] : []),
      ],
      exact,
      durability,
      journal: journalKey === undefined ? undefined : journalEntry(journalKey, token),
    }),
    exact ? { token, casValue } : { token },
  );
}

export function* rotate(
  context: RequestContext,
  view: RecordView,
  to: string,
  token: string,
  acrossLogin: boolean,
): Script<CallOutcome | undefined> {
  const list = (view.document.data as { list?: readonly string[] }).list ?? [];
  return yield* call(
    context,
    (id) => ({
      kind: 'rotate',
      key: view.key,
      id,
      to,
      base: view.version,
      operations: appendToken(list.length, token),
      acrossLogin,
      durability: 'backup',
    }),
    { token },
  );
}

export function* think(context: RequestContext, maxMs: number): Script<void> {
  yield* sleep(context.world.scheduler, context.random.between(0.01, maxMs));
}

function appendToken(index: number, token: string) {
  return [
    { kind: 'splice', path: ['data', 'list'], index, deleteCount: 0, items: [token] },
    { kind: 'increment', path: ['data', 'count'], by: 1 },
  ] as const;
}

function journalEntry(key: string, token: string) {
  return { key, fingerprint: key, outcome: new TextEncoder().encode(token) };
}
