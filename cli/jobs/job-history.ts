/** `mapred job -history`: the summary of a job that has ended or runs (Hadoop: HumanReadableHistoryViewerPrinter). */

import { counterDisplayName, GROUP_NAMES } from '../../mapreduce/job/counter-names.ts';
import { Counters } from '../../mapreduce/job/counters.ts';
import type { AttemptStatus, JobStatus } from '../../mapreduce/job/messages.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const KINDS = ['MAP', 'REDUCE'] as const;

/** Formats a time as Hadoop's `d-MMM-yyyy HH:mm:ss`, in the time zone of this machine; an empty text for 0. */
function date(timeMs: number): string {
  if (timeMs === 0) return '';
  const d = new Date(timeMs);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${d.getDate()}-${MONTHS[d.getMonth()]}-${d.getFullYear()} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** Formats a duration as Hadoop's StringUtils.formatTimeDiff: `1hrs, 2mins, 3sec`. */
export function duration(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return `${hours > 0 ? `${hours}hrs, ` : ''}${minutes > 0 ? `${minutes}mins, ` : ''}${seconds % 60}sec`;
}

const since = (timeMs: number, fromMs: number): string =>
  timeMs === 0 ? '' : `${date(timeMs)} (${duration(timeMs - fromMs)})`;

export interface HistoryOptions {
  readonly all: boolean;
}

/** Returns the lines of the summary. `all` adds each attempt. */
export function historyLines(job: JobStatus, attempts: readonly AttemptStatus[], { all }: HistoryOptions): string[] {
  const first = Math.min(...attempts.map((a) => a.startTimeMs));
  const launched = attempts.length > 0 ? first : job.startTimeMs;
  return [
    '',
    `Hadoop job: ${job.jobId}`,
    '=====================================',
    `User: ${job.user}`,
    `JobName: ${job.name}`,
    `Output: ${job.output}`,
    `Submitted At: ${date(job.startTimeMs)}`,
    `Launched At: ${since(launched, job.startTimeMs)}`,
    `Finished At: ${since(job.finishTimeMs, launched)}`,
    `Status: ${job.state}${job.failureInfo === '' ? '' : `\n${job.failureInfo}`}`,
    ...counterLines(job),
    '=====================================',
    '',
    ...summaryLines(job, attempts),
    ...KINDS.flatMap((kind) => analysisLines(attempts, kind)),
    ...attempts.filter((a) => all || a.state === 'FAILED').flatMap(attemptLines),
  ];
}

function counterLines(job: JobStatus): string[] {
  const rows = Counters.fromJson(job.counters).rows();
  const cells = rows.map(({ group, name, value }) => [
    (GROUP_NAMES[group] ?? group).trim(),
    counterDisplayName(group, name).trim(),
    value.toLocaleString('en-US'),
  ]);
  const line = ([group = '', name = '', value = '']: readonly string[]): string =>
    `|${group.padEnd(30)}|${name.padEnd(30)}|${value.padStart(14)}`;
  const title = line(['Group Name', 'Counter name', 'Total Value']);
  return ['Counters: ', '', title, '-'.repeat(title.length), ...cells.map(line)];
}

function summaryLines(job: JobStatus, attempts: readonly AttemptStatus[]): string[] {
  const row = (kind: (typeof KINDS)[number], name: string, total: number): string => {
    const own = attempts.filter((a) => a.kind === kind);
    const count = (state: AttemptStatus['state']): number => own.filter((a) => a.state === state).length;
    const start = own.length > 0 ? Math.min(...own.map((a) => a.startTimeMs)) : 0;
    const end = own.length > 0 ? Math.max(...own.map((a) => a.finishTimeMs)) : 0;
    return [name, total, count('SUCCEEDED'), count('FAILED'), count('KILLED'), date(start), since(end, start)].join(
      '\t',
    );
  };
  return [
    'Task Summary',
    '============================',
    'Kind\tTotal\tSuccessful\tFailed\tKilled\tStartTime\tFinishTime',
    '',
    row('MAP', 'Map', job.maps),
    row('REDUCE', 'Reduce', job.reduces),
    '============================',
    '',
  ];
}

/** The times of the tasks that have succeeded: they show which one was slow, and where. */
function analysisLines(attempts: readonly AttemptStatus[], kind: (typeof KINDS)[number]): string[] {
  const took = (a: AttemptStatus): number => a.finishTimeMs - a.startTimeMs;
  const done = attempts.filter((a) => a.kind === kind && a.state === 'SUCCEEDED').sort((a, b) => took(a) - took(b));
  const [best] = done;
  if (!best) return [];
  const name = kind === 'MAP' ? 'map' : 'reduce';
  const mean = done.reduce((sum, a) => sum + took(a), 0) / done.length;
  return [
    ...(kind === 'MAP' ? ['Analysis', '=========', ''] : []),
    `Time taken by best performing ${name} task ${best.attemptId}: ${duration(took(best))}`,
    `Average time taken by ${name} tasks: ${duration(mean)}`,
    `Worse performing ${name} tasks: `,
    'TaskId\t\tTimetaken',
    ...done
      .slice(-10)
      .reverse()
      .map((a) => `${a.attemptId} ${duration(took(a))} on ${a.trackerId}`),
    '',
  ];
}

const attemptLines = (a: AttemptStatus): string[] => [
  `${a.state} ${a.kind} attempt ${a.attemptId}`,
  `StartTime: ${date(a.startTimeMs)}\tFinishTime: ${since(a.finishTimeMs, a.startTimeMs)}\tHost: ${a.trackerId}`,
  `Logs: ${a.httpUrl === '' ? 'the TaskTracker is gone' : `${a.httpUrl}/tasklog?attemptid=${a.attemptId}`}`,
  '',
];
