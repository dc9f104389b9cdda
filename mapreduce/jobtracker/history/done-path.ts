/** The names and places of the files of the job history in HDFS (Hadoop: FileNameIndexUtils, JobHistoryUtils). */
import type { JobStatus } from '../../job/messages.ts';

const JOB_NAME_CHARS_MAX = 50;
/** Jobs of one directory (Hadoop: JobHistoryUtils.serialNumberDirectoryComponent). */
const SERIAL_DIGITS = 9;
const SERIAL_DIGITS_SHOWN = 6;

/** Encodes a part of the name as Java's URLEncoder; `-` separates the parts. */
function encoded(text: string): string {
  const bytes = encodeURIComponent(text === '' ? 'NA' : text);
  return bytes.replaceAll('%20', '+').replace(/[!'()~-]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Cuts an encoded text, but not within a character. */
function trimmed(text: string, most: number): string {
  let end = 0;
  for (const [unit] of text.matchAll(/(?:%[0-7][0-9A-F]|%[C-F][0-9A-F](?:%[89AB][0-9A-F])+|[^%])/g)) {
    if (end + unit.length > most) break;
    end += unit.length;
  }
  return text.slice(0, end);
}

/** Returns `job_…-submit-user-name-finish-maps-reduces-STATUS-queue-start.jhist`. @param startMs launch of the first task */
export function doneFileName(status: JobStatus, startMs: number): string {
  const parts = [
    status.jobId,
    String(status.startTimeMs),
    encoded(status.user),
    trimmed(encoded(status.name), JOB_NAME_CHARS_MAX),
    String(status.finishTimeMs),
    String(status.maps),
    String(status.reduces),
    status.state,
    encoded(status.queue ?? 'default'),
    String(startMs),
  ];
  return `${parts.join('-')}.jhist`;
}

/** Returns the directory of a job below mapreduce.jobhistory.done-dir, `2026/12/01/000000`. The day is that of this machine. */
export function doneDirectory({ jobId, finishTimeMs }: Pick<JobStatus, 'jobId' | 'finishTimeMs'>): string {
  const day = new Date(finishTimeMs);
  const two = (n: number): string => String(n).padStart(2, '0');
  const number = Number(/_(\d+)$/.exec(jobId)?.[1] ?? 0);
  const serial = String(number).padStart(SERIAL_DIGITS, '0').slice(0, SERIAL_DIGITS_SHOWN);
  return `${day.getFullYear()}/${two(day.getMonth() + 1)}/${two(day.getDate())}/${serial}`;
}
