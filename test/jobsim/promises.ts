// The promises that the simulator of jobs checks. Each violation names one, and each mutant names those that it breaks.

export const PROMISES = {
  'one-attempt-of-each-task': "The output of a job that succeeded is exactly one attempt's output of each task.",
  'commits-meet-no-other':
    'An attempt that may commit finds no output of another attempt in its way: that one was deleted before.',
  'committed-files-stay': 'A file in the output directory is never deleted, changed or replaced.',
  'ended-outputs-stay': 'Nothing appears in the output of a job that has ended, and no `_temporary` stays in it.',
  'no-success-of-failed-jobs': 'A job that failed or was killed leaves no `_SUCCESS`.',
  'jobs-end': 'A job ends.',
  'faults-fail-no-job': 'Trackers that die, pause or lose messages fail no job: their tasks run again.',
  'full-disks-fail-no-job': 'A tracker with a full disk fails no job while other trackers live.',
  'counters-count-once': 'The counters of a job are those of its successful attempts.',
  'slots-come-back': 'When all jobs have ended, no attempt holds a slot, and no process runs an attempt.',
  'maps-wait-for-their-place':
    'A map runs far from its input only when it has waited for a slot nearby, and then waits no longer.',
  'scheduler-is-sound': 'The scheduler keeps its invariants, and no program fails with an error that is a bug.',
} as const;

export type PromiseName = keyof typeof PROMISES;

/** A broken promise, and a message that says how it was broken. */
export interface Violation {
  readonly promise: PromiseName;
  readonly message: string;
}

export const violationText = ({ promise, message }: Violation): string => `${promise}: ${message}`;
