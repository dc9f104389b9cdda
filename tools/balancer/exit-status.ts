/** The exit statuses of the balancer. */

/** The end of a round, with its exit code; org.apache.hadoop.hdfs.server.balancer.ExitStatus. */
export const ExitStatus = {
  SUCCESS: 0,
  IN_PROGRESS: 1,
  ALREADY_RUNNING: -1,
  NO_MOVE_BLOCK: -2,
  NO_MOVE_PROGRESS: -3,
  IO_EXCEPTION: -4,
  ILLEGAL_ARGUMENTS: -5,
  INTERRUPTED: -6,
  UNFINALIZED_UPGRADE: -7,
} as const;

export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];

/** Returns an exit code as a shell sees it, its lowest 8 bits: -4 is 252. */
export function processStatus(exitCode: number): number {
  return exitCode & 0xff;
}
