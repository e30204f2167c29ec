// @ts-check
// Every bound of a fault run.

/** Slowest calls that are kept and shown. */
export const SLOWEST_CALLS = 5;

/** Durations kept of calls that met a failover, and as many of the others; later ones are counted only. */
export const DURATIONS = 100_000;

/** Failed calls that are described; all are counted. */
export const DESCRIBED_FAILURES = 20;

/** Kinds of refusals that are counted apart. */
export const REFUSAL_KINDS = 30;

/**
 * From the end of a node to the next calm: restarted, active, every session with its copies. 10 s when
 * the shoppers alone keep two cores busy; 25 s when ten strangers take part in it.
 */
export const CALM_DEADLINE_MS = 180_000;

/** Undisturbed shopping before the first kill and after the last one. */
export const UNDISTURBED_MS = 1_000;

/** Between two calls of a shopper: up to this long, unless `--pause` says otherwise. */
export const PAUSE_MAX_MS = 30;

/** Share of a shopper's calls that add something, unless `--posts` says otherwise. */
export const POSTS = 1;

/** Share of the failovers that must land on a node that held the session, unless `--landed` says otherwise. */
export const LANDED = 0.99;

/** What a failover is meant to cost a request; one of the edges by which the balancer counts. */
export const FAILOVER_GOAL_MS = 60;

/** Written of the requests of a run, with `--diary`; what comes later is left out. */
export const DIARY_BYTES = 256 * 1024 * 1024;

/** From so many failovers on their share is judged: of fewer, a single one would be the verdict. */
export const LANDED_FROM = 100;

/** Articles of one addition: 1 to this many. Different sizes make a half-applied call visible. */
export const QUANTITY_MAX = 3;

/** Articles a shopper chooses from. */
export const ARTICLES = 8;

/** The shop's own limit for one article. A shopper with a full cart begins a new visit. */
export const MAX_PER_ARTICLE = 99;

/** Earlier visits of a shopper that are still watched; the oldest is checked and let go. */
export const KEPT_VISITS = 25;

/** Sessions asked for their copies at the same time. */
export const ASKED_AT_ONCE = 20;

/** Shoppers let in at the same time at the start. */
export const ARRIVING_AT_ONCE = 10;

/** For reading the carts at the end. */
export const SETTLE_DEADLINE_MS = 30_000;

/** Rounds of one visit of a pair: so few that no article reaches the shop's own limit. */
export const PAIR_ROUNDS = 12;

/** Between two rounds of a pair: up to this long. */
export const PAIR_PAUSE_MAX_MS = 60;

/** Between two visits of a member, each of which costs the shops a password hash. */
export const MEMBER_PAUSE_MAX_MS = 3_000;

/** A window that speaks to one node waits this long. */
export const WINDOW_TIMEOUT_MS = 5_000;

/** A node that is asked about an ended session may take this long. */
export const GHOST_TIMEOUT_MS = 3_000;

/** Ended sessions of a member that are looked at again in the end. */
export const ENDED_KEPT = 60;

/** A node or the bus stands still, or the bus is away: between these. */
export const FREEZE_MIN_MS = 300;
export const FREEZE_MAX_MS = 8_000;

/**
 * How long a shopper waits for an answer. Longer than the SDK would by itself: on a machine with more
 * to do than it can, whoever gives up after 5 s and asks again doubles what there is to do, until nobody
 * is answered (seen at load 30: no answer at all for 30 s). How long it took is told, not judged.
 */
export const PATIENCE = { timeout: { attemptMs: 30_000, totalMs: 90_000 } };

/** The same in a run in which all nodes end at once: it also asks until one is back. */
export const PATIENT = { ...PATIENCE, retry: { attempts: 60, maxMs: 1_500 } };
