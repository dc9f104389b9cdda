import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TaskError, TaskErrorRecord } from './messages.ts';

const RECORD_CHARS_MAX = 200;
const STACK_LINES_MAX = 12;

/** A property that should be a number and is not. */
export class InvalidNumberError extends Error {
  override readonly name = 'InvalidNumberError';

  constructor(property: string, text: string) {
    super(`${property} is '${text}': expected a number`);
  }
}

/** User code threw: what it threw is the cause, and where in the input it was. */
export class UserCodeError extends Error {
  override readonly name = 'UserCodeError';
  readonly record: TaskErrorRecord | undefined;
  readonly key: string | undefined;

  constructor(cause: unknown, place: { readonly record?: TaskErrorRecord; readonly key?: string }) {
    super(describe(cause), { cause });
    this.record = place.record;
    this.key = place.key;
  }
}

/** Anything that was thrown, in words. */
export function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const name = 'javaClass' in thrown && typeof thrown.javaClass === 'string' ? thrown.javaClass : thrown.name;
  return thrown.message ? `${name}: ${thrown.message}` : name;
}

/** Text for a message: the first characters, on one line. */
export function excerpt(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const line = text.slice(0, RECORD_CHARS_MAX).replaceAll(/\p{Cc}/gu, ' ');
  return text.length > RECORD_CHARS_MAX ? `${line}…` : line;
}

/** What the submitter is told of a task's end. */
export function toTaskError(thrown: unknown): TaskError {
  const wrapped = thrown instanceof UserCodeError ? thrown : undefined;
  const cause = wrapped ? wrapped.cause : thrown;
  const stack = cause instanceof Error ? stackOf(cause) : undefined;
  return {
    message: describe(cause),
    ...(stack ? { stack } : {}),
    ...(wrapped?.record ? { record: wrapped.record } : {}),
    ...(wrapped?.key !== undefined ? { key: wrapped.key } : {}),
  };
}

/** The modules that call a job's functions, as the sources and a source map name them. */
const OWN_FRAME = /[\\/]mapreduce[\\/]task[\\/](map|reduce)-task\.ts:/;

/** The directory of the built programs: this module is a part of one of their chunks. */
const OWN_DIRECTORY = path.dirname(fileURLToPath(import.meta.url));

/** The frames of the user's code: those from the task's own on say nothing to its author. */
function stackOf(error: Error): string {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const own = frames.findIndex((line) => line.includes(OWN_DIRECTORY) || OWN_FRAME.test(line));
  return frames
    .slice(0, own > 0 ? own : STACK_LINES_MAX)
    .slice(0, STACK_LINES_MAX)
    .join('\n');
}
