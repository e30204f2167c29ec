// @ts-check
// Every bound of the launcher in one place: how long it waits, how much it keeps.

/**
 * A Node process with Nest needs about a second of a core to boot. Four of them that share one core
 * with ten busy strangers were seen to take more than half a minute.
 */
export const READY_DEADLINE_MS = 120_000;

/** From "every process is up" to "every node is active in the cluster". */
export const HEALTHY_DEADLINE_MS = 60_000;

/** How often a condition is looked at while waiting for it. */
export const POLL_INTERVAL_MS = 50;

/** One health request; a node that answers later than this counts as not answering. */
export const HEALTH_REQUEST_MS = 5_000;

/** From SIGTERM to SIGKILL for a shop: it hands its sessions over in this time. */
export const SHOP_STOP_MS = 15_000;

/** From SIGTERM to SIGKILL for bus and balancer. */
export const STOP_MS = 5_000;

/** Output kept of each process, for the message when it fails. */
export const OUTPUT_LINES = 200;

/** A longer line is cut: a process that prints without a newline must not fill our memory. */
export const OUTPUT_LINE_CHARACTERS = 2_000;

/** A shop that died comes back after this; the promise is "within a second". */
export const RESTART_DELAY_MS = 200;

/** A shop that keeps dying at once is restarted ever more rarely, at most this far apart. */
export const RESTART_DELAY_MAX_MS = 10_000;

/** A shop that lived this long did not die "at once". */
export const SETTLED_AFTER_MS = 5_000;

/** More shops than this are refused: the launcher is for one machine. */
export const MAX_NODES = 16;

/** Reaching a bus somebody else runs: connect and read its first line. */
export const BUS_PROBE_MS = 3_000;
