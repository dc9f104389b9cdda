/** Hadoop's ids: job_1700000000000_0001, task_1700000000000_0001_m_000000, attempt_1700000000000_0001_m_000000_0. */

export type TaskKind = 'MAP' | 'REDUCE';

/** Ids become names of files, so they are shorter than such a name may be; and their numbers are exact. */
export const JOB_ID_PATTERN = '^job_(\\w{1,64}?)_(\\d{4,15})$';
export const ATTEMPT_ID_PATTERN = '^attempt_(\\w{1,64}?)_(\\d{4,15})_([mr])_(\\d{6,15})_(\\d{1,9})$';
const JOB_ID = new RegExp(JOB_ID_PATTERN);
const ATTEMPT_ID = new RegExp(ATTEMPT_ID_PATTERN);

export interface ParsedAttemptId {
  readonly jobId: string;
  readonly kind: TaskKind;
  readonly index: number;
  readonly attempt: number;
}

/**
 * @param identifier the JobTracker's start time in ms, or `local` and a number
 * @param sequence counts the jobs from 1
 */
export function jobId(identifier: string | number, sequence: number): string {
  return `job_${identifier}_${String(sequence).padStart(4, '0')}`;
}

export function taskId(job: string, kind: TaskKind, index: number): string {
  return `task_${job.slice('job_'.length)}_${kind === 'MAP' ? 'm' : 'r'}_${String(index).padStart(6, '0')}`;
}

export function attemptId(job: string, kind: TaskKind, index: number, attempt: number): string {
  return `attempt_${taskId(job, kind, index).slice('task_'.length)}_${attempt}`;
}

export const isJobId = (text: string): boolean => JOB_ID.test(text);

/** Orders jobs by their JobTracker's start and then by their number. @param a a text for which isJobId() holds */
export function compareJobIds(a: string, b: string): number {
  const [, identifierA = '', numberA = ''] = JOB_ID.exec(a) ?? [];
  const [, identifierB = '', numberB = ''] = JOB_ID.exec(b) ?? [];
  if (identifierA === identifierB) return Number(numberA) - Number(numberB);
  const byLength = identifierA.length - identifierB.length;
  return byLength !== 0 ? byLength : identifierA < identifierB ? -1 : 1;
}

/** Returns undefined for a text that is no attempt id. Ids become file names, so every id that comes over HTTP is parsed. */
export function parseAttemptId(text: string): ParsedAttemptId | undefined {
  const match = ATTEMPT_ID.exec(text);
  if (!match) return undefined;
  const [, identifier, sequence, kind, index, attempt] = match;
  return {
    jobId: `job_${identifier}_${sequence}`,
    kind: kind === 'm' ? 'MAP' : 'REDUCE',
    index: Number(index),
    attempt: Number(attempt),
  };
}

/** Names the output file of a task: `part-m-00000`, `part-r-00000`; without a kind, `part-00000`. */
export function partName(kind: TaskKind | undefined, index: number, extension = '', base = 'part'): string {
  const phase = kind === undefined ? '' : kind === 'MAP' ? 'm-' : 'r-';
  return `${base}-${phase}${String(index).padStart(5, '0')}${extension}`;
}
