import type { Durability } from '../../core/calls/calls.js';
import type { CoreNotice } from '../../core/events.js';
import type { NodeCore } from '../../core/node-core.js';
import { Histogram, type HistogramSnapshot } from './histogram.js';

/** One metric under its Prometheus name; counters end in `_total`, durations are in seconds. */
export type ClusterMetric =
  | {
      readonly kind: 'counter' | 'gauge';
      readonly name: string;
      readonly help: string;
      readonly samples: readonly {
        readonly labels: Readonly<Record<string, string>>;
        readonly value: number;
      }[];
    }
  | {
      readonly kind: 'histogram';
      readonly name: string;
      readonly help: string;
      readonly samples: readonly ({
        readonly labels: Readonly<Record<string, string>>;
      } & HistogramSnapshot)[];
    };

const DURABILITIES: readonly Durability[] = ['async', 'backup', 'all'];

const NOTICE_COUNTERS = {
  takeover: ['takeovers_total', 'Sessions this node took over because their owner was gone'],
  handoff: ['handoffs_total', 'Sessions this node gave away while it lived'],
  fenced: ['fenced_total', 'Changes refused to this node because another one leads the session'],
  'no-copy': ['no_copy_commits_total', 'Changes acknowledged although nobody could hold a copy'],
  'lost-revisions': ['lost_revisions_total', 'Sessions older than what their client had seen'],
  'digest-mismatch': ['digest_mismatches_total', 'Comparisons of copies or ends that differed'],
  resync: ['resyncs_total', 'Lists of copies or ends of which some were mended'],
  evicted: ['evictions_total', 'Records that left memory because a store has them'],
  superseded: ['superseded_total', 'Values of one side of a partition that lost against the other'],
  'clock-ahead': ['clocks_ahead_total', 'Nodes whose clocks are too far ahead to be followed'],
  unreadable: ['unreadable_total', 'Copies that could not be decoded'],
  restored: ['restored_total', 'Sessions that no node had but the tier did'],
  'tier-behind': ['tier_behind_total', 'Answers that could not wait until the tier had it'],
} as const satisfies { readonly [K in CoreNotice['kind']]?: readonly [string, string] };

type CountedNotice = keyof typeof NOTICE_COUNTERS;

/** Counts what the node does; read by whoever exports it. Adding to it costs a few nanoseconds. */
export class NodeMetrics {
  readonly #notices = new Map<CountedNotice, number>();
  readonly #ended = new Map<string, number>();
  readonly #limits = new Map<string, number>();
  readonly #commits = new Map(DURABILITIES.map((durability) => [durability, new Histogram()]));
  readonly #takeovers = new Histogram();
  #refusedFrames = 0;
  #unavailable = 0;

  notice(notice: CoreNotice): void {
    if (notice.kind === 'ended') increment(this.#ended, notice.reason);
    else if (notice.kind === 'limit') increment(this.#limits, notice.limit);
    else if (notice.kind in NOTICE_COUNTERS) increment(this.#notices, notice.kind as CountedNotice);
    if (notice.kind === 'takeover') this.#takeovers.add(notice.tookMs);
  }

  committed(durability: Durability, tookMs: number): void {
    this.#commits.get(durability)?.add(tookMs);
  }

  frameRefused(): void {
    this.#refusedFrames++;
  }

  callRefused(): void {
    this.#unavailable++;
  }

  read(core: NodeCore): ClusterMetric[] {
    return [
      ...gaugesOf(core),
      ...Object.entries(NOTICE_COUNTERS).map(([kind, [name, help]]) =>
        counter(name, help, this.#notices.get(kind as CountedNotice) ?? 0),
      ),
      labelled('ended_total', 'Sessions ended by this node', 'reason', this.#ended),
      labelled('limits_reached_total', 'Limits that were reached', 'limit', this.#limits),
      counter('frames_refused_total', 'Messages that were no frame for us', this.#refusedFrames),
      counter('calls_refused_total', 'Calls that could not be executed', this.#unavailable),
      histogram('takeover_seconds', 'From the claim until the session was served', [
        { labels: {}, ...this.#takeovers.snapshot() },
      ]),
      histogram(
        'commit_seconds',
        'From the call until the change was held as asked',
        [...this.#commits].map(([durability, counts]) => ({
          labels: { durability },
          ...counts.snapshot(),
        })),
      ),
    ];
  }
}

function gaugesOf(core: NodeCore): ClusterMetric[] {
  const held = core.records.size - core.ownedCount;
  return [
    gauge('sessions_owned', 'Records this node leads', core.ownedCount),
    gauge('sessions_held', 'Copies this node holds for others', held),
    gauge('single_copy_sessions', 'Led records that no other node holds completely', aloneIn(core)),
    gauge('repairs_waiting', 'Led records that wait for a copy', core.owner.keeper.repairs.waiting),
    gauge('memory_bytes', 'What records take, of `memory.maxBytes`', core.memoryBytes),
    gauge('tombstones', 'Ended sessions this node remembers', core.tombstoneCount),
    gauge('calls_under_way', 'Calls that have no answer yet', core.router.size),
    gauge('members', 'Other nodes that are not dead', [...core.membership.live()].length),
    gauge('tier_unwritten', 'Led records the tier lacks in this version', core.tiering.unwritten),
    gauge('tier_untold_ends', 'Ends the tier has not confirmed', core.tiering.untold),
    gauge('bus_connected', '1 while the bus is there', core.busConnected ? 1 : 0),
  ];
}

/** Walks all records: for a scrape every few seconds, not for every request. */
function aloneIn(core: NodeCore): number {
  let alone = 0;
  for (const record of core.records.values()) {
    if (record.role !== 'owner') continue;
    const copies = [...record.backups.values()];
    if (!copies.some(({ ackedSeq }) => ackedSeq >= record.seq)) alone++;
  }
  return alone;
}

function increment<Name>(counts: Map<Name, number>, name: Name): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

const PREFIX = 'understudy_';

function gauge(name: string, help: string, value: number): ClusterMetric {
  return { kind: 'gauge', name: PREFIX + name, help, samples: [{ labels: {}, value }] };
}

function counter(name: string, help: string, value: number): ClusterMetric {
  return { kind: 'counter', name: PREFIX + name, help, samples: [{ labels: {}, value }] };
}

function labelled(
  name: string,
  help: string,
  label: string,
  counts: ReadonlyMap<string, number>,
): ClusterMetric {
  const samples = [...counts].map(([of, value]) => ({ labels: { [label]: of }, value }));
  return { kind: 'counter', name: PREFIX + name, help, samples };
}

function histogram(
  name: string,
  help: string,
  samples: Extract<ClusterMetric, { kind: 'histogram' }>['samples'],
): ClusterMetric {
  return { kind: 'histogram', name: PREFIX + name, help, samples };
}
