/** The answers of the JobTracker about its queues and its TaskTrackers. */

/** A TaskTracker that takes no tasks. */
export interface BlacklistedTracker {
  readonly trackerId: string;
  readonly reason: string;
}

/** A queue of jobs, with the ids of its jobs that have not ended. */
export interface QueueStatus {
  readonly name: string;
  readonly schedulingInfo: string;
  readonly jobs: readonly string[];
}
