/** Every bound of the simulator in one place. */
export const SIMULATION_LIMITS = {
  /** One seed; a protocol that talks to itself for ever ends here. */
  events: 1_500_000,
  /** Steps of one client script. */
  clientRequests: 10_000,
  /** Violations kept of one seed. */
  violations: 200,
  /** Lines of a trace. */
  traceLines: 2_000_000,
} as const;
