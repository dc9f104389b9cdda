/** The context of a job's functions on YARN: counters and status go to Hadoop as reporter lines, pairs to standard output. */
import fs from 'node:fs';
import type { AnyJob } from '../api/api.ts';
import type { RecordWriter } from '../formats/format.ts';
import { withoutText } from '../formats/text.ts';
import { textOutput } from '../formats/text-output.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';

const FLUSH_BYTES = 64 * 1024;

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
export function taskContextOf(phase: 'map' | 'reduce', conf: JobConfiguration, reports: TaskReports) {
  const { env } = process;
  const refuse = (what: string) => (): never => {
    throw new Error(`${what} is not there with --engine yarn`);
  };
  return {
    phase,
    jobId: env.mapreduce_job_id ?? '',
    attemptId: env.mapreduce_task_attempt_id ?? '',
    taskIndex: Number(env.mapreduce_task_partition ?? 0),
    conf,
    cacheFiles: {},
    counter: (group: string, name: string) => reports.counter(group, name),
    setStatus: (status: string) => reports.status(status),
    emitTo: refuse('emitTo()'),
    createFile: refuse('createFile()'),
  };
}

/** Writes the output of a task, which Hadoop takes line by line. */
export class PartWriter {
  readonly #writer: RecordWriter<unknown, unknown>;
  readonly #takesText: boolean;

  constructor(job: AnyJob, conf: JobConfiguration) {
    const format = job.output ?? textOutput();
    if (!format.createWriter) throw new Error('The output format of this job is not there with --engine yarn');
    this.#writer = format.createWriter(conf);
    this.#takesText = format.takesText ?? false;
  }

  write(key: unknown, value: unknown): void {
    if (this.#takesText) this.#writer.write(key, value);
    else this.#writer.write(withoutText(key), withoutText(value));
    if (this.#writer.pendingBytes >= FLUSH_BYTES) this.#flush();
  }

  end(): void {
    this.#flush();
    const end = this.#writer.end?.();
    if (end) fs.writeSync(1, end);
  }

  #flush(): void {
    const bytes = this.#writer.take();
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(1, bytes, at);
  }
}
