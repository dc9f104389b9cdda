/**
 * The job API: all that a MapReduce program needs is in this module, which programs import as `calf`.
 *
 *     import { job, sum } from 'calf';
 *
 *     export default job<string, number>({
 *       name: 'word count',
 *       map(line, { emit }) {
 *         for (const word of line.split(/\s+/)) if (word) emit(word, 1);
 *       },
 *       combine: sum,
 *       reduce: sum,
 *       reducers: 2,
 *     });
 */
import type { InputFormat, OutputFormat } from '../formats/format.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';

export { binaryOutput } from '../formats/binary-output.ts';
export { fixedLengthInput } from '../formats/fixed-length-input.ts';
export type { InputFormat, OutputFormat, RecordReader, RecordWriter } from '../formats/format.ts';
export { keyValueTextInput } from '../formats/key-value-text-input.ts';
export { nLineInput } from '../formats/n-line-input.ts';
export { rangeInput } from '../formats/range-input.ts';
export { textInput } from '../formats/text-input.ts';
export { textOutput } from '../formats/text-output.ts';
export type { InputSplit } from '../job/input-split.ts';
export type { JobConfiguration } from '../job/job-configuration.ts';

/** A number that is added up over all tasks and printed at the job's end. */
export interface Counter {
  readonly value: number;
  increment(by?: number): void;
}

/** What every task knows. Its functions may be taken out of it: `map(line, { emit, counter })`. */
export interface TaskContext {
  readonly phase: 'map' | 'reduce';
  readonly jobId: string;
  /** As `attempt_1700000000000_0001_m_000000_0`. */
  readonly attemptId: string;
  /** The task's number within its phase, from 0: a map's split, a reduce's partition. */
  readonly taskIndex: number;
  readonly conf: JobConfiguration;
  /** Adds to the counter of that group and name, which it makes when it is new. */
  readonly counter: (group: string, name: string) => Counter;
  /** A line for people who look at the task. */
  readonly setStatus: (status: string) => void;
}

export interface MapContext<K, V, KIn = unknown> extends TaskContext {
  readonly phase: 'map';
  /** Hands one pair to the shuffle, or to the output when the job has no reduces. */
  readonly emit: (key: K, value: V) => void;
  /** The record's key: for text, the byte offset of the line in its file. */
  readonly key: KIn;
  /** The file that is read, as `hdfs://host:port/path`; empty for input that is no file. */
  readonly path: string;
}

export interface ReduceContext<K, V> extends TaskContext {
  readonly phase: 'reduce';
  /** Writes one pair to the output. */
  readonly emit: (key: K, value: V) => void;
}

export interface CombineContext<K, V> {
  /** The key must be the one that combine() was given. */
  readonly emit: (key: K, value: V) => void;
}

/** What a job with arguments of its own makes of them. */
export interface JobArguments {
  readonly inputs?: readonly string[];
  readonly output?: string;
  /** Further properties, which tasks read with `conf.get(name)`. */
  readonly conf?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * A job in the words of the paper: map (KIn, VIn) → list(K, V), shuffle and sort, reduce (K, list(V)) → list(KOut, VOut).
 * Keys and values are strings, numbers, booleans, null, Uint8Array, and arrays and plain objects as JSON has them. Keys arrive
 * sorted: strings by their UTF-8 bytes, numbers by size, arrays element by element.
 */
export interface JobSpec<K, V, KOut = K, VOut = V, KIn = number, VIn = string> {
  readonly name?: string;
  /** Default textInput(): the key is the line's byte offset, the value the line. */
  readonly input?: InputFormat<KIn, VIn>;
  /** Default textOutput(): `key TAB value NEWLINE`. */
  readonly output?: OutputFormat<KOut, VOut>;
  /** Called before the task's first record, in map tasks and in reduce tasks (see `phase`). */
  setup?(context: MapContext<K, V, KIn> | ReduceContext<KOut, VOut>): void | Promise<void>;
  /** Called for every record. Default: hands the record on as it is. */
  map?(value: VIn, context: MapContext<K, V, KIn>): void | Promise<void>;
  /** Makes fewer pairs of one key out of many before they travel; may run any number of times, also never. */
  combine?(key: K, values: Iterable<V>, context: CombineContext<K, V>): void;
  /** Called for every key with all its values, which can be gone through once. Default: hands each pair on. */
  reduce?(key: K, values: Iterable<V>, context: ReduceContext<KOut, VOut>): void | Promise<void>;
  /** Called after the task's last record; may emit. */
  cleanup?(context: MapContext<K, V, KIn> | ReduceContext<KOut, VOut>): void | Promise<void>;
  /** The reduce, from 0, that gets the pair. Default: the key's hash, as Hadoop's HashPartitioner. */
  partition?(key: K, value: V, reducers: number): number;
  /** Another order of the keys. It costs speed: keys are decoded to be compared. */
  compare?(a: K, b: K): number;
  /** Keys for which this gives the same share one reduce() call (secondary sort); the key is the first of them. */
  group?(key: K): unknown;
  /** Reduce tasks; 0: the maps write the output. Default 1. `-D mapreduce.job.reduces=N` wins. */
  readonly reducers?: number;
  readonly conf?: Readonly<Record<string, string | number | boolean>>;
  /** How the command line's arguments are written, as `<in> <out> <regex>`. */
  readonly usage?: string;
  /** Takes the arguments in place of the default: input paths, then the output path. Throw to refuse them. */
  configure?(args: readonly string[]): JobArguments;
}

/** Marks what job() and program() return: the file that a job is bundled into has its own copy of this module. */
const KIND: unique symbol = Symbol.for('calf.kind') as never;

// biome-ignore lint/suspicious/noExplicitAny: a job of unknown types must accept every job
export type AnyJob = Job<any, any, any, any, any, any>;

export type Job<K, V, KOut = K, VOut = V, KIn = number, VIn = string> = JobSpec<K, V, KOut, VOut, KIn, VIn> & {
  readonly [KIND]: 'job';
};

/** Declares a job; the default export of a job file. */
export function job<K, V, KOut = K, VOut = V, KIn = number, VIn = string>(
  spec: JobSpec<K, V, KOut, VOut, KIn, VIn>,
): Job<K, V, KOut, VOut, KIn, VIn> {
  return { ...spec, [KIND]: 'job' };
}

/** How one run() ended. */
export interface JobResult {
  readonly jobId: string;
  readonly succeeded: boolean;
  /** The value of a counter, 0 when there is none. Group and name as Hadoop's enums: `MAP_INPUT_RECORDS`. */
  counter(group: string, name: string): number;
}

/** What a program has: its arguments, and the means to run jobs and to look at files. */
export interface ProgramContext {
  readonly args: readonly string[];
  readonly conf: JobConfiguration;
  /** Runs a job that the program's file exports, and waits for its end. A job that fails is an error. */
  run(job: AnyJob, how: JobArguments): Promise<JobResult>;
  /** Prints a line to standard output. */
  print(line: string): void;
  /** The text of a file, or of all files of a directory one after the other; for small files. */
  readText(path: string): Promise<string>;
  /** Up to `length` bytes of a file from `start`. */
  readBytes(path: string, start: number, length: number): Promise<Uint8Array>;
  /** The files of a directory without hidden ones, or the file itself. */
  list(path: string): Promise<readonly { readonly path: string; readonly length: number }[]>;
  writeText(path: string, text: string): Promise<void>;
  mkdirs(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
}

export interface ProgramSpec {
  readonly name: string;
  /** Printed when main() throws a UsageError, as `Usage: …`. */
  readonly usage: string;
  /** Returns the exit status; nothing is 0. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a main() without return is one of Promise<void>
  main(context: ProgramContext): Promise<number | void>;
}

export type Program = ProgramSpec & { readonly [KIND]: 'program' };

/** Declares a program of several jobs, or of one with work before and after; its file exports the jobs by name. */
export function program(spec: ProgramSpec): Program {
  return { ...spec, [KIND]: 'program' };
}

/** Thrown by configure() and main() for arguments that do not fit; the usage is printed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const isJob = (value: unknown): value is AnyJob => kindOf(value) === 'job';
export const isProgram = (value: unknown): value is Program => kindOf(value) === 'program';

function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<symbol, unknown>)[KIND] : undefined;
}

/** A combine or reduce that adds the key's numbers up. */
export function sum<K>(
  key: K,
  values: Iterable<number>,
  { emit }: { readonly emit: (key: K, value: number) => void },
): void {
  let total = 0;
  for (const value of values) total += value;
  emit(key, total);
}
