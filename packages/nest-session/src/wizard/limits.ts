/** Limits of multi-step forms; all of them bound what one session may hold. */
export const WIZARD_LIMITS = {
  /** Instances of all wizards in one session; the oldest finished one makes room, then the oldest. */
  maxInstances: 8,
  /** Encoded size of one instance, in bytes; what would exceed it is refused. */
  maxInstanceBytes: 16_384,
  /** Steps of one wizard. */
  maxSteps: 32,
  /** Issues reported for one step; a schema may find more. */
  maxIssues: 64,
  /** Nesting of answers; deeper input is refused before it is measured further. */
  maxDepth: 8,
  /**
   * How long other nodes believe that a submit runs which they hear nothing of, in ms: a user waits
   * that long when a node dies inside `complete`. Renewed while it runs, so `complete` may take longer.
   */
  claimLeaseMs: 2_000,
  /** How often a submit looks whether the one at another node has ended, in ms. */
  claimPollMs: 200,
} as const;
