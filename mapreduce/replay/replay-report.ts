/** The words of a replay: the attempt, the failing record and its error, or the reason why it cannot be run again. */
import { inspect } from 'node:util';
import { splitName } from '../job/input-split.ts';
import type { TaskLaunch } from '../job/messages.ts';
import type { ReplayResult } from './replay.ts';
import type { RecordWatch } from './watched-job.ts';

/** A record is shown up to this length. */
const RECORD_CHARS_MAX = 10_000;

/** Returns the reason why the attempt cannot be replayed; undefined if it can. */
export function refusalOf({ attemptId, kind, job, mapOutputs = [] }: TaskLaunch): string | undefined {
  if (job.code.kind === 'builtin' && job.code.example.startsWith('given:')) {
    return `${attemptId} ran a job object of a program: no file holds its code. Run the program again under a debugger`;
  }
  if (kind === 'REDUCE' && mapOutputs.length < job.maps) {
    return (
      `The input of ${attemptId} is not there: ${mapOutputs.length} of its ${job.maps} map outputs exist. They are made ` +
      'while the job runs, and deleted when it ends'
    );
  }
  return undefined;
}

/** Returns the line that a replay begins with. */
export function beginLine({ attemptId, job, split, mapOutputs = [] }: TaskLaunch): string {
  const input = split ? splitName(split) : `the outputs of ${mapOutputs.length} maps`;
  return `Replaying ${attemptId} of '${job.name}' in this process, on ${input}`;
}

export function resultLines(launch: TaskLaunch, result: ReplayResult): string[] {
  const end = `Nothing was committed: ${launch.job.output} is as it was`;
  if (result.kind === 'succeeded')
    return [`${launch.attemptId} succeeded: none of its ${countOf(launch, result.watch)} failed`, end];
  const { error, watch, inCall } = result;
  const at = inCall ? placeLines(launch, result) : [`${launch.attemptId} failed ${outside(launch, watch)}`];
  return [...at, error.message, ...(error.stack ? [error.stack] : []), end];
}

function placeLines({ kind }: TaskLaunch, { watch, error }: Extract<ReplayResult, { kind: 'failed' }>): string[] {
  if (kind === 'REDUCE') {
    const last = watch.values > 0 ? [`Value ${watch.values}, the last that was read:`, shown(watch.value)] : [];
    return [`Key ${watch.number} failed:`, shown(watch.key), ...last];
  }
  const { path = '', offset = 0 } = error.record ?? {};
  const place = path === '' ? '' : `, of ${path} at offset ${offset}`;
  return [`Record ${watch.number} failed${place}:`, shown(watch.value)];
}

function outside(launch: TaskLaunch, watch: RecordWatch): string {
  return watch.number === 0 ? 'before its first record' : `after ${countOf(launch, watch)}`;
}

function countOf({ kind }: TaskLaunch, { number }: RecordWatch): string {
  const noun = kind === 'MAP' ? 'record' : 'key';
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : inspect(value, { depth: 10, maxStringLength: RECORD_CHARS_MAX });
  return text.length > RECORD_CHARS_MAX ? `${text.slice(0, RECORD_CHARS_MAX)}…` : text;
}
