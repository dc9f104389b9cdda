/** The context of a job's functions on YARN: counters and status go to Hadoop as reporter lines, pairs to standard output. */
import fs from 'node:fs';
import path from 'node:path';
import type { AnyJob } from '../api/api.ts';
import type { RecordWriter } from '../formats/format.ts';
import { withoutText } from '../formats/text.ts';
import { textOutput } from '../formats/text-output.ts';
import type { FileSplit } from '../job/input-split.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import { HadoopPipe } from './hadoop-pipe.ts';

const FLUSH_BYTES = 64 * 1024;
const CARRIAGE_RETURN = 13;
const NEWLINE = 10;

/** Counters of the task, which Hadoop is told of at the end. */
export class TaskReports {
  readonly #counts = new Map<string, number>();

  counter(group: string, name: string): { readonly value: number; increment(by?: number): void } {
    const id = `${group},${name}`;
    const counts = this.#counts;
    return {
      get value() {
        return counts.get(id) ?? 0;
      },
      increment: (by = 1) => void counts.set(id, (counts.get(id) ?? 0) + by),
    };
  }

  status(text: string): void {
    fs.writeSync(2, `reporter:status:${text.replaceAll('\n', ' ')}\n`);
  }

  end(): void {
    for (const [id, count] of this.#counts) fs.writeSync(2, `reporter:counter:${id},${count}\n`);
  }
}

/** Returns the part of the context that maps and reduces share. */
export function taskContextOf(
  phase: 'map' | 'reduce',
  conf: JobConfiguration,
  reports: TaskReports,
  files: readonly string[],
) {
  const { env } = process;
  return {
    phase,
    jobId: env.mapreduce_job_id ?? '',
    attemptId: env.mapreduce_task_attempt_id ?? '',
    taskIndex: Number(env.mapreduce_task_partition ?? 0),
    conf,
    cacheFiles: Object.fromEntries(files.map((name) => [name, path.resolve(name)])),
    counter: (group: string, name: string) => reports.counter(group, name),
    setStatus: (status: string) => reports.status(status),
    emitTo: () => refuse('emitTo()'),
    createFile: () => refuse('createFile()'),
    qualify: () => refuse('qualify()'),
  };
}

/** @throws Error for a part of a context that needs Calf's own tasks */
export function refuse(what: string): never {
  throw new Error(`${what} is not there with --engine yarn`);
}

/** Returns the part of a file that Hadoop Streaming says the map reads. */
export function splitOf(env: NodeJS.ProcessEnv): FileSplit {
  const [, fsUri = '', file = ''] = /^(\w+:(?:\/\/[^/]*)?)?(.*)$/.exec(env.mapreduce_map_input_file ?? '') ?? [];
  return {
    kind: 'file',
    fsUri,
    path: file,
    start: Number(env.mapreduce_map_input_start ?? 0),
    length: Number(env.mapreduce_map_input_length ?? 0),
    hosts: [],
    names: [],
  };
}

/**
 * Writes the output of a task, which Hadoop takes line by line and writes again. So that its file has the same bytes, no line
 * may have a carriage return, which ends a line for Hadoop, and the last one must be whole.
 */
export class PartWriter {
  readonly #writer: RecordWriter<unknown, unknown>;
  readonly #takesText: boolean;
  readonly #pipe = new HadoopPipe();
  #last = NEWLINE;

  constructor(job: AnyJob, conf: JobConfiguration) {
    const format = job.output ?? textOutput();
    if (!format.createWriter) throw new Error('The output format of this job is not there with --engine yarn');
    this.#writer = format.createWriter(conf);
    this.#takesText = format.takesText ?? false;
  }

  /** @throws Error for bytes that Hadoop Streaming would change */
  write(key: unknown, value: unknown): void {
    if (this.#takesText) this.#writer.write(key, value);
    else this.#writer.write(withoutText(key), withoutText(value));
    if (this.#writer.pendingBytes >= FLUSH_BYTES) this.#give(this.#writer.take());
  }

  end(): void {
    this.#give(this.#writer.take());
    const end = this.#writer.end?.();
    if (end) this.#give(end);
    if (this.#last !== NEWLINE) refuseOutput('ends without an end of line');
    this.#pipe.flush();
  }

  #give(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (bytes.includes(CARRIAGE_RETURN)) refuseOutput('has a carriage return');
    this.#last = bytes.at(-1) ?? NEWLINE;
    this.#pipe.write(bytes);
  }
}

function refuseOutput(fault: string): never {
  throw new Error(
    `The output ${fault}: Hadoop Streaming takes lines, and would write other bytes. Run the job on Calf's cluster`,
  );
}
