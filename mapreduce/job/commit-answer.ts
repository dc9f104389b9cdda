/** The JobTracker's answers to an attempt that asks whether it may commit its output. */

/**
 * YES: no other attempt of the task may commit until this one was given up. NO: the attempt was given up. WAIT: an earlier
 * attempt was allowed to commit and is being undone, so the attempt asks again (Hadoop: TaskUmbilicalProtocol.canCommit).
 */
export type CommitAnswer = 'YES' | 'WAIT' | 'NO';

/** Pause before an attempt that was told to wait asks again. */
export const COMMIT_WAIT_MS = 200;
