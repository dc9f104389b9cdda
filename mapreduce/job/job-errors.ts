/** Failures of tasks: an error of the user's code with its place in the input, as the submitter is shown it. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import type { TaskError, TaskErrorRecord } from './messages.ts';

const RECORD_CHARS_MAX = 200;
const STACK_LINES_MAX = 12;

/** Thrown for a property whose value must be a number and is none. */
export class InvalidNumberError extends Error {
  override readonly name = 'InvalidNumberError';

  constructor(property: string, text: string) {
    super(`${property} is '${text}': expected a number`);
  }
}

/** Thrown when the user's code threw. The cause is the value that it threw. */
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

/** Describes anything that was thrown as Java does: class and message. */
export function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const name = 'javaClass' in thrown && typeof thrown.javaClass === 'string' ? thrown.javaClass : thrown.name;
  return thrown.message ? `${name}: ${thrown.message}` : name;
}

/** Returns the first characters of a value, on one line. */
export function excerpt(value: unknown): string {
  const text = textOf(value);
  const line = text.slice(0, RECORD_CHARS_MAX).replaceAll(/\p{Cc}/gu, ' ');
  return text.length > RECORD_CHARS_MAX ? `${line}…` : line;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value.subarray(0, RECORD_CHARS_MAX)).toString();
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // JSON has no bigint, and no object that holds itself.
    return inspect(value);
  }
}

/** Returns a failure as the submitter of the job is told of it. */
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

/** The modules that call the job's functions, as the sources and a source map name them. */
export const OWN_FRAME = /[\\/]mapreduce[\\/](task[\\/](map-records|reduce-task)|replay[\\/]watched-job)\.ts:/;

/** The directory of the built programs, one of which this module is built into. */
const OWN_DIRECTORY = path.dirname(fileURLToPath(import.meta.url));

/** Returns the frames of the user's code. The frames of our own code say nothing to the job's author. */
function stackOf(error: Error): string {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const own = frames.findIndex((line) => line.includes(OWN_DIRECTORY) || OWN_FRAME.test(line));
  return frames
    .slice(0, own > 0 ? own : STACK_LINES_MAX)
    .slice(0, STACK_LINES_MAX)
    .join('\n');
}
