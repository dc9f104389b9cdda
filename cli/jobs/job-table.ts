/** The table of jobs that `mapred job -list` and `mapred queue -info` print (Hadoop: CLI.displayJobList). */
import type { JobStatus } from '../../mapreduce/job/messages.ts';
import { print } from '../terminal/terminal.ts';

type Column = readonly [title: string, titleWidth: number, width: number, cell: (job: JobStatus) => string];

/** Hadoop has the memory of containers here, which jobs of Calf do not reserve. */
const COLUMNS: readonly Column[] = [
  ['JobId', 23, 23, (job) => job.jobId],
  ['JobName', 20, 20, (job) => job.name],
  ['State', 10, 10, (job) => job.state],
  ['StartTime', 14, 14, (job) => String(job.startTimeMs)],
  ['UserName', 12, 12, (job) => job.user],
  ['Queue', 12, 12, (job) => job.queue ?? 'default'],
  ['Priority', 10, 10, (job) => job.priority ?? 'NORMAL'],
  ['UsedContainers', 15, 14, (job) => String(job.running ?? 0)],
  ['RsvdContainers', 15, 14, () => '0'],
  ['UsedMem', 8, 8, () => '0M'],
  ['RsvdMem', 8, 8, () => '0M'],
  ['NeededMem', 10, 10, () => '0M'],
  ['AM info', 10, 10, () => ''],
];

export function printJobs(jobs: readonly JobStatus[], trackingUrl: (jobId: string) => string): void {
  print(`Total jobs:${jobs.length}`);
  print(COLUMNS.map(([title, width]) => title.padStart(width)).join('\t'));
  for (const job of jobs) {
    const cells = COLUMNS.map(([title, , width, cell]) =>
      (title === 'AM info' ? trackingUrl(job.jobId) : cell(job)).padStart(width),
    );
    print(cells.join('\t'));
  }
}

/** Prints a value as JSON, for programs. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, undefined, 2));
