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
} as const;
