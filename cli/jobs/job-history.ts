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
  /** The place of the job's properties. */
  readonly jobFile: string;
}

/** Returns the lines of the summary. `all` adds each attempt. */
export function historyLines(
  job: JobStatus,
  attempts: readonly AttemptStatus[],
  { all, jobFile }: HistoryOptions,
): string[] {
  const first = Math.min(...attempts.map((a) => a.startTimeMs));
  const launched = attempts.length > 0 ? first : job.startTimeMs;
  return [
    '',
    `Hadoop job: ${job.jobId}`,
    '=====================================',
    `User: ${job.user}`,
    `JobName: ${job.name}`,
    `JobConf: ${jobFile}`,
    `Submitted At: ${date(job.startTimeMs)}`,
    `Launched At: ${since(launched, job.startTimeMs)}`,
    `Finished At: ${since(job.finishTimeMs, launched)}`,
    `Status: ${job.state}${job.failureInfo === '' ? '' : `\n${job.failureInfo}`}`,
    ...counterLines(job),
    '',
    '=====================================',
    '',
    ...summaryLines(attempts),
    ...(job.state === 'SUCCEEDED'
      ? [
          '',
          'Analysis',
          '=========',
          '',
          ...KINDS.flatMap((kind) => analysisLines(attempts, kind, launched)),
          '=========',
        ]
      : ['No Analysis available as job did not finish']),
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

function summaryLines(attempts: readonly AttemptStatus[]): string[] {
  const row = (kind: (typeof KINDS)[number], name: string): string => {
    const own = attempts.filter((a) => a.kind === kind);
    const count = (state: AttemptStatus['state']): number => own.filter((a) => a.state === state).length;
    const start = own.length > 0 ? Math.min(...own.map((a) => a.startTimeMs)) : 0;
    const end = own.length > 0 ? Math.max(...own.map((a) => a.finishTimeMs)) : 0;
    const counts = [own.length, count('SUCCEEDED'), '', count('FAILED'), count('KILLED')];
    return [name, ...counts, date(start), since(end, start)].join('\t');
  };
  return [
    'Task Summary',
    '============================',
    'Kind\tTotal\tSuccessful\tFailed\tKilled\tStartTime\tFinishTime',
    '',
    noTasks('Setup'),
    row('MAP', 'Map'),
    row('REDUCE', 'Reduce'),
    noTasks('Cleanup'),
    '============================',
    '',
  ];
}

/** Hadoop 1 had tasks of these kinds, and the summary has kept their rows. */
const noTasks = (name: string): string => [name, 0, 0, '', 0, 0, '', ''].join('\t');

/** The times of the tasks that have succeeded: they show which one was slow, and where. */
function analysisLines(attempts: readonly AttemptStatus[], kind: (typeof KINDS)[number], launchedMs: number): string[] {
  const took = (a: AttemptStatus): number => a.finishTimeMs - a.startTimeMs;
  const done = attempts.filter((a) => a.kind === kind && a.state === 'SUCCEEDED').sort((a, b) => took(a) - took(b));
  const [best] = done;
  if (!best) return [];
  const name = kind === 'MAP' ? 'map' : 'reduce';
  const last = done.reduce((late, a) => (a.finishTimeMs > late.finishTimeMs ? a : late), best);
  const mean = done.reduce((sum, a) => sum + took(a), 0) / done.length;
  return [
    `Time taken by best performing ${name} task ${taskOf(best)}: ${duration(took(best))}`,
    `Average time taken by ${name} tasks: ${duration(mean)}`,
    `Worse performing ${name} tasks: `,
    'TaskId\t\tTimetaken',
    ...done
      .slice(-10)
      .reverse()
      .map((a) => `${taskOf(a)} ${duration(took(a))}`),
    `The last ${name} task ${taskOf(last)} finished at (relative to the Job launch time): ${since(last.finishTimeMs, launchedMs)}`,
    ...(kind === 'MAP' ? [''] : []),
  ];
}

const taskOf = ({ attemptId }: AttemptStatus): string => attemptId.replace('attempt_', 'task_').replace(/_\d+$/, '');

const attemptLines = (a: AttemptStatus): string[] => [
  `${a.state} ${a.kind} attempt ${a.attemptId}`,
  `StartTime: ${date(a.startTimeMs)}\tFinishTime: ${since(a.finishTimeMs, a.startTimeMs)}\tHost: ${a.trackerId}`,
  `Logs: ${a.httpUrl === '' ? 'the TaskTracker is gone' : `${a.httpUrl}/tasklog?attemptid=${a.attemptId}`}`,
  '',
];
