/** Every bound of the engine in one place; `docs/limits.md` explains them. */
export const LIMITS = {
  /** Nesting of a session value. Deeper ones are refused at the commit. */
  valueDepth: 64,
  /** Operations in one commit; a handler that changes more sets whole keys instead. */
  operationsPerCommit: 1024,
  /** Operations that say what changed in one value; with more it is set as a whole. */
  operationsPerValue: 256,
  /** Pairs of list elements compared to see which became which; beyond it by their places. */
  alignedPairs: 4096,
  /** Remembered outcomes per record, oldest dropped first. */
  journalEntries: 32,
  journalKeyCharacters: 255,
  journalOutcomeBytes: 4096,
  /** A reservation whose handler never came back is free again after this. */
  reservationMs: 60_000,
  /** Commit ids remembered per record against double application. */
  appliedCommits: 256,
  /** Versions kept at the owner to merge a commit that was computed against an older one. */
  documentHistory: 16,
  /** Rate limits riding in one record. */
  ratesPerRecord: 64,
  /** Changes in one replication frame, and its bytes; whichever comes first closes it. */
  frameEntries: 64,
  frameBytes: 64 * 1024,
  /** Frames a link may have unacknowledged before it stops sending deltas and keeps dirty keys. */
  framesInFlight: 16,
  /** Changes waiting on one link, and their bytes; further ones are sent as whole records later. */
  linkPending: 4096,
  linkPendingBytes: 16 * 1024 * 1024,
  /** Deltas appended to an encoded copy before it is encoded anew, at most; half as many at least. */
  copyTail: 40,
  copyTailBytes: 32 * 1024,
  /** Hops a call takes after `moved` answers before it asks everyone. */
  callHops: 8,
  /** Rotations remembered for calls that were sent before and come late. */
  toldRotations: 10_000,
  /** Requests in a row through one other node before the record is handed there. */
  affinityRun: 8,
  /** Calls waiting for one record while it is claimed or handed over. */
  queuedCallsPerRecord: 1024,
  /** Calls under way at one node. */
  callsInFlight: 100_000,
  /** Claims that wait for a verdict on the leader of their record; further ones are refused. */
  doubtedClaims: 10_000,
  /** Claims started in one tick when a dead node's records are adopted. */
  adoptionsPerTick: 500,
  /** Deadlines looked at per tick: of records, of tombstones and of promises each. */
  expiryChecksPerTick: 2000,
  /** Records and ends looked at per tick when copies are summed up or listed for a peer. */
  surveyedPerTick: 2000,
  /** Copies or ends in one message of a comparison. */
  stampsPerMessage: 512,
  /** Copies listed in one look at buckets that differ; the other buckets wait for the next. */
  stampsPerLook: 2048,
  bucketsPerLook: 64,
  /** Ends older than this are not compared: whoever was away longer asks everyone. */
  endsComparedMs: 15 * 60_000,
  /** Copies that nobody answers for: asked about at once, and waiting; more are found again. */
  straySearches: 256,
  strayQueue: 10_000,
  /** Records per tick that get copies to make up for lost ones, within `repair.bytesPerSecond`. */
  repairsPerTick: 200,
  /** Bytes of such copies that wait for one peer; the other records wait in the queue. */
  repairBacklogBytes: 512 * 1024,
  /** Records compared per tick when some have to leave memory. */
  evictionSample: 500,
  /** Records handed over at the same time while draining. */
  handoffsInFlight: 500,
  /** Ends that some node has not confirmed yet; the oldest are no longer repeated, counted. */
  openBurials: 100_000,
  /** Ends of a node that is alone, told to whoever appears; of older ones that learns by comparison. */
  unheardEnds: 10_000,
  /** Later ids of ended sessions that were buried everywhere; of older ones everyone is told once more. */
  successorBurials: 10_000,
  /** Records on their way to the tier at once, and as many ends. */
  tierWritesInFlight: 256,
  /** Ends that the tier has not confirmed; the oldest are no longer repeated, counted. */
  openTierBurials: 100_000,
  /** Tombstones told to the tier again in one tick: it forgot them, or their teller died. */
  tombstonesRetoldPerTick: 200,
  /** Tombstones kept; the oldest go first, counted. */
  tombstones: 1_000_000,
  /** Records whose owner this node remembers although it holds no copy. */
  locations: 50_000,
  /** How long the burial of a key that nobody knew is remembered. */
  unknownTombstoneMs: 15 * 60_000,
  /** Questions about records under way at one node; the oldest is answered with what there is. */
  inquiries: 64,
  /** How long the exact repetition of a login whose answer was lost gets a new id. */
  loginReplayMs: 30_000,
  /** Sessions of one principal. */
  principalSessions: 128,
  /** What the session layer notes of a device, per session. */
  deviceBytes: 256,
  /** A place that was reserved for a login is looked after when this is over. */
  enlistLeaseMs: 10_000,
  /** How often a confirmed place is looked after, in case the end of its session was not heard. */
  placeCheckMs: 60 * 60_000,
  /** Locks in one record, and calls that wait for one of them. */
  locksPerRecord: 16,
  lockWaiters: 64,
  lockNameCharacters: 64,
  lockLeaseMs: 60_000,
  lockWaitMs: 30_000,
  members: 64,
  /** Of a node's URL in its heartbeats. */
  urlCharacters: 256,
  /** Keys in a cluster's keyring: two while they are changed. */
  keys: 8,
  /** A clock this far ahead of the one here is not followed, and reported. */
  clockAheadMs: 5 * 60_000,
  /** Former lineages that a record remembers to be in it; the lowest epochs are forgotten. */
  formerLineages: 24,
  /** As many while nothing says that another side goes on apart. */
  formerLineagesAtRest: 8,
  /** Changes an owner remembers until every holder has acknowledged them. */
  unsharedChanges: 32,
  /** Of those that every holder has, and the tier has not confirmed: it may be away for hours. */
  unstoredChanges: 8,
  /**
   * Changes kept one by one while another side may go on apart, their bytes with what they were made
   * on, and for how long after a side was last lost. Beyond it, one time per key of the session.
   */
  changeLog: 64,
  changeLogBytes: 24 * 1024,
  changeLogMs: 10 * 60_000,
  /** Keys with a time of their own; beyond it one time for all. */
  changeLogKeys: 64,
  /** Values that one merge reports as superseded; of the others only that there were some. */
  supersededPerMerge: 256,
  /** Lineages of lost sides that wait to be merged; the oldest are reported superseded. */
  orphanLineages: 10_000,
  orphanBytes: 64 * 1024 * 1024,
  /** Of those, how many are offered at the same time. */
  orphansInFlight: 64,
  /** Tries to find somebody who leads the record of an orphan lineage. */
  orphanOffers: 200,
  /** How late a message may come after a partition; NATS was seen to keep them for 28 s. */
  lateMessageMs: 60_000,
} as const;

export const DAY_MS = 24 * 60 * 60_000;

/** A tombstone lasts at least this: longer than any message can be late and any request can run. */
export const MIN_TOMBSTONE_MS = 15 * 60_000;
