/** The table of jobs that `mapred job -list` and `mapred queue -info` print (Hadoop: CLI.displayJobList). */
import type { JobStatus } from '../../mapreduce/job/messages.ts';

type Column = readonly [title: string, width: number, cell: (job: JobStatus) => string];

/** Returns a cell that jobs have while they run (Hadoop: N/A, when the ResourceManager knows them no more). */
const whileRunning =
  (cell: (job: JobStatus) => string): Column[2] =>
  (job) =>
    job.finishTimeMs === 0 ? cell(job) : 'N/A';

/** Hadoop has the memory of containers here, which jobs of Calf do not reserve. */
const COLUMNS: readonly Column[] = [
  ['JobId', 23, (job) => job.jobId],
  ['JobName', 40, (job) => job.name],
  ['State', 10, (job) => job.state],
  ['StartTime', 14, (job) => String(job.startTimeMs)],
  ['UserName', 12, (job) => job.user],
  ['Queue', 12, (job) => job.queue ?? 'default'],
  ['Priority', 10, (job) => job.priority ?? 'NORMAL'],
  ['UsedContainers', 15, whileRunning((job) => String(job.running ?? 0))],
  ['RsvdContainers', 15, whileRunning(() => '0')],
  ['UsedMem', 8, whileRunning(() => '0M')],
  ['RsvdMem', 8, whileRunning(() => '0M')],
  ['NeededMem', 10, whileRunning(() => '0M')],
  ['AM info', 10, () => ''],
];

export function jobLines(jobs: readonly JobStatus[], trackingUrl: (jobId: string) => string): string[] {
  const rows = jobs.map((job) =>
    COLUMNS.map(([title, width, cell]) => (title === 'AM info' ? trackingUrl(job.jobId) : cell(job)).padStart(width)),
  );
  const titles = COLUMNS.map(([title, width]) => title.padStart(width));
  return [`Total jobs:${jobs.length}`, ...[titles, ...rows].map((cells) => cells.join('\t'))];
}
