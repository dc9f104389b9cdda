/** The outputs of a task beside its main one, as Hadoop's MultipleOutputs. */
import type { OutputFormat } from '../formats/format.ts';
import { textOutput } from '../formats/text-output.ts';
import { partName } from '../job/job-id.ts';
import type { AttemptFiles } from './attempt-files.ts';
import { openOutput } from './open-output.ts';
import type { PairOutput } from './pair-output.ts';
import type { OutputRun } from './records-run.ts';

const COUNTERS = 'mapreduce.multipleoutputs.counters';
const COUNTERS_GROUP = 'org.apache.hadoop.mapreduce.lib.output.MultipleOutputs';
/** Bytes of all outputs in memory with which they are flushed. */
const FLUSH_BYTES = 4 * 1024 * 1024;
/** Pairs after which the bytes of all outputs are added up again. */
const PAIRS_BETWEEN_LOOKS = 256;

/** The place of a pair: a named output, a path in the output directory, or both. */
export type OutputPlace = string | { readonly name?: string; readonly path?: string };

/** Makes a file `BASE-r-00000` for each place at its first pair. Its base is the path, else the name. */
export class NamedOutputs {
  readonly #run: OutputRun;
  readonly #files: AttemptFiles;
  readonly #counts: boolean;
  readonly #outputs = new Map<string, PairOutput>();
  #pairs = 0;
  #isFull = false;

  constructor(run: OutputRun, files: AttemptFiles) {
    this.#run = run;
    this.#files = files;
    this.#counts = run.jobConf.getBoolean(COUNTERS, false);
  }

  /** Whether flush() is due. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** @throws Error for a name that the job does not declare, and a path that leaves the output directory */
  write(to: OutputPlace, key: unknown, value: unknown): void {
    const { name, path } = typeof to === 'string' ? { name: to, path: undefined } : to;
    const id = JSON.stringify([name, path]);
    let output = this.#outputs.get(id);
    if (!output) {
      output = this.#open(name, path);
      this.#outputs.set(id, output);
    }
    output.write(key, value);
    if (this.#counts) this.#run.counters.add(COUNTERS_GROUP, path ?? name ?? '', 1);
    if (output.isFull || (++this.#pairs % PAIRS_BETWEEN_LOOKS === 0 && this.#pendingBytes() >= FLUSH_BYTES)) {
      this.#isFull = true;
    }
  }

  async flush(): Promise<void> {
    this.#isFull = false;
    for (const output of this.#outputs.values()) await output.flush();
  }

  async close(): Promise<void> {
    for (const output of this.#outputs.values()) await output.close();
  }

  async abort(): Promise<void> {
    await Promise.allSettled([...this.#outputs.values()].map((output) => output.abort()));
  }

  #open(name: string | undefined, path: string | undefined): PairOutput {
    const { launch } = this.#run;
    const format = this.#format(name);
    const base = path ?? name;
    if (base === undefined) throw new Error("emitTo() needs the output's name, a path, or both");
    return openOutput(this.#run, this.#files, format, partName(launch.kind, launch.index, format.extension, base));
  }

  #format(name: string | undefined): OutputFormat<unknown, unknown> {
    const { job } = this.#run;
    if (name === undefined) return job.output ?? textOutput();
    const named = Object.hasOwn(job.outputs ?? {}, name) ? job.outputs?.[name] : undefined;
    if (named) return named;
    const known = Object.keys(job.outputs ?? {});
    const advice = known.length === 0 ? 'declare it in `outputs`' : `the job has ${known.join(', ')}`;
    throw new Error(`emitTo(): there is no output named '${name}': ${advice}`);
  }

  #pendingBytes(): number {
    let sum = 0;
    for (const output of this.#outputs.values()) sum += output.pendingBytes;
    return sum;
  }
}
