/** The declarations of jobs and programs: their members, the contexts of their functions, and the functions that make them. */
import type { FileOutput } from '../../client/filesystem/file-system.ts';
import type { FormatContext, InputFormat, OutputFormat } from '../formats/format.ts';
import type { InputSplit } from '../job/input-split.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import {
  checkMembers,
  checkNames,
  INPUT_MEMBERS,
  JOB_MEMBERS,
  type MemberType,
  PROGRAM_MEMBERS,
} from './check-spec.ts';
import type { Emit, EmitTo } from './emitted.ts';

/**
 * The part of a context that all tasks have, with the file systems. Its functions need no `this`:
 * `map(line, { emit, counter })`.
 */
export interface TaskContext extends FormatContext {
  readonly phase: 'map' | 'reduce';
  readonly jobId: string;
  /** Such as `attempt_1700000000000_0001_m_000000_0`. */
  readonly attemptId: string;
  /** The task's number within its phase, from 0: the number of a map's split or a reduce's partition. */
  readonly taskIndex: number;
  /**
   * The files of -files and the unpacked directories of -archives: the local path of each by its name, which is the one
   * behind `#` or the file's own. They also lie under their names in the working directory of the task.
   */
  readonly cacheFiles: Readonly<Record<string, string>>;
  /** Sets the line that the JobTracker shows beside the task. */
  readonly setStatus: (status: string) => void;
  /**
   * Writes one pair to another output, as Hadoop's MultipleOutputs: to the output with this name of the job's `outputs`, in
   * the file `name-r-00000`; or below a path in the output directory, `{ path: 'by-year/2024' }`, in the job's own format; or
   * both. A map of a job with reduces may do so if the job has `outputs`.
   */
  readonly emitTo: EmitTo;
  /**
   * Creates a file of the task's own in the output directory. It appears there if the attempt commits. Close it; a file that
   * is left open is closed after cleanup(). Maps as with emitTo().
   */
  readonly createFile: (name: string) => Promise<FileOutput>;
}

export interface MapContext<K, V, KIn = unknown> extends TaskContext {
  readonly phase: 'map';
  /** Gives one pair to the shuffle, or to the output if the job has no reduces. */
  readonly emit: Emit<K, V>;
  /** Key of the record; for text, the byte offset of the line in its file. */
  readonly key: KIn;
  /** The file that the record comes from, as `hdfs://host:port/path`; empty if the input is no file. */
  readonly path: string;
  /** Position of the record in its file, in bytes, as far as the input format knows it. */
  readonly offset: number;
  readonly split: InputSplit;
}

export interface ReduceContext<K, V, KIn = unknown> extends TaskContext {
  readonly phase: 'reduce';
  /**
   * Key of the value that was read last: in a job with `group` or `compare`, it changes while the values are read, as in
   * Hadoop. Undefined in setup() and cleanup().
   */
  readonly key: KIn;
  /** Writes one pair to the output. */
  readonly emit: Emit<K, V>;
}

export interface CombineContext<K, V> {
  /** Gives one pair to the shuffle. The key must be the one that combine() received. */
  readonly emit: Emit<K, V>;
}

/** One of several inputs of a job. Its functions stand in place of the job's, in the map tasks of this input. */
export interface JobInput<K, V, KIn = number, VIn = string> {
  /** Default textInput(). */
  readonly input?: InputFormat<KIn, VIn>;
  setup?(context: MapContext<K, V, KIn>): void | Promise<void>;
  map?(value: VIn, context: MapContext<K, V, KIn>): void | Promise<void>;
  cleanup?(context: MapContext<K, V, KIn>): void | Promise<void>;
}

/** Declares one of several inputs, so that TypeScript knows the types of its records. */
export function jobInput<K, V, KIn = number, VIn = string>(
  spec: JobInput<K, V, KIn, VIn>,
): JobInput<K, V, unknown, unknown> {
  checkMembers('jobInput', spec, INPUT_MEMBERS satisfies Record<keyof JobInput<K, V>, MemberType>);
  return spec as JobInput<K, V, unknown, unknown>;
}

/** Inputs, output and properties that configure() makes of a job's arguments. */
export interface JobArguments {
  /** Paths; of a job with several inputs, the paths of each input by its name. */
  readonly inputs?: readonly string[] | Readonly<Record<string, readonly string[]>>;
  readonly output?: string;
  /** Further properties; tasks read them with `conf.get(name)`. */
  readonly conf?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * A job in the words of the MapReduce paper: map (KIn, VIn) → list(K, V), shuffle and sort, reduce (K, list(V)) →
 * list(KOut, VOut). Keys and values are strings, numbers, booleans, null, Uint8Array, and arrays and plain objects as JSON
 * has them. A reduce gets its keys in order: strings by their UTF-8 bytes, numbers by size, arrays element by element.
 */
export interface JobSpec<K, V, KOut = K, VOut = V, KIn = number, VIn = string> {
  readonly name?: string;
  /** Default textInput(): the key is the line's byte offset, the value the line. */
  readonly input?: InputFormat<KIn, VIn>;
  /**
   * Several inputs by name, each with a format and functions of its own (Hadoop: MultipleInputs). Default arguments: a path
   * for each of them in this order, then the output path.
   */
  readonly inputs?: Readonly<Record<string, JobInput<K, V, unknown, unknown>>>;
  /** Default textOutput(): `key TAB value NEWLINE`. */
  readonly output?: OutputFormat<KOut, VOut>;
  /** Further outputs by name, for emitTo() (Hadoop: MultipleOutputs). A name has letters and digits. */
  // biome-ignore lint/suspicious/noExplicitAny: each output has types of its own
  readonly outputs?: Readonly<Record<string, OutputFormat<any, any>>>;
  /** Called before the task's first record, in map tasks and in reduce tasks: `context.phase` tells which. */
  setup?(context: MapContext<K, V, KIn> | ReduceContext<KOut, VOut>): void | Promise<void>;
  /** Called for every record. Default: emits the record unchanged. */
  map?(value: VIn, context: MapContext<K, V, KIn>): void | Promise<void>;
  /** Makes fewer pairs of one key before they are sent to the reduces. Runs any number of times, or never. */
  combine?(key: K, values: Iterable<V>, context: CombineContext<K, V>): void;
  /** Called for every key with all its values, which can be read once. Default: emits each pair unchanged. */
  reduce?(key: K, values: Iterable<V>, context: ReduceContext<KOut, VOut, K>): void | Promise<void>;
  /** Called after the task's last record; may emit. */
  cleanup?(context: MapContext<K, V, KIn> | ReduceContext<KOut, VOut>): void | Promise<void>;
  /** Returns the number, from 0, of the reduce that gets the pair. Default: by the key's hash, as Hadoop's HashPartitioner. */
  partition?(key: K, value: V, reducers: number): number;
  /** Compares two keys for another order. This is slower, because keys are decoded to be compared. */
  compare?(a: K, b: K): number;
  /** Keys with the same result share one reduce() call, which gets the first of them as its key (secondary sort). */
  group?(key: K): unknown;
  /** Number of reduces; 0: the maps write the output. Default 1. `-D mapreduce.job.reduces=N` is stronger. */
  readonly reducers?: number;
  readonly conf?: Readonly<Record<string, string | number | boolean>>;
  /** The arguments of the command line for the usage text, such as `<in> <out> <regex>`. */
  readonly usage?: string;
  /** Reads the arguments. Default: input paths, then the output path. @throws UsageError to refuse them */
  configure?(args: readonly string[]): JobArguments;
}

/** Marks the results of job() and program(). Symbol.for, because a job's bundle has its own copy of this module. */
const KIND: unique symbol = Symbol.for('calf.kind') as never;

// biome-ignore lint/suspicious/noExplicitAny: a job of unknown types must accept every job
export type AnyJob = Job<any, any, any, any, any, any>;

export type Job<K, V, KOut = K, VOut = V, KIn = number, VIn = string> = JobSpec<K, V, KOut, VOut, KIn, VIn> & {
  readonly [KIND]: 'job';
};

/** Declares a job; the default export of a job file. @throws TypeError for a member that JobSpec does not have */
export function job<K, V, KOut = K, VOut = V, KIn = number, VIn = string>(
  spec: JobSpec<K, V, KOut, VOut, KIn, VIn>,
): Job<K, V, KOut, VOut, KIn, VIn> {
  checkMembers('job', spec, JOB_MEMBERS satisfies Record<keyof JobSpec<K, V>, MemberType>);
  checkNames(spec);
  return { ...spec, [KIND]: 'job' };
}

/** The result of ProgramContext.run(). */
export interface JobResult {
  readonly jobId: string;
  readonly succeeded: boolean;
  /** Returns the value of a counter, 0 if there is none. Groups and names are Hadoop's: `MAP_INPUT_RECORDS`. */
  counter(group: string, name: string): number;
}

/** The arguments of a program, and functions that run jobs and read and write files. */
export interface ProgramContext {
  readonly args: readonly string[];
  readonly conf: JobConfiguration;
  /** Runs a job that the program's file exports, and waits for its end. @throws JobFailedError if the job fails */
  run(job: AnyJob, how: JobArguments): Promise<JobResult>;
  /** Prints a line to standard output. */
  print(line: string): void;
  /** Reads the text of a small file, or of all files of a directory one after the other. */
  readText(path: string): Promise<string>;
  /** Reads up to `length` bytes of a file from the byte `start`. */
  readBytes(path: string, start: number, length: number): Promise<Uint8Array>;
  /** Lists the files of a directory, without hidden files; of a file, only the file. */
  list(path: string): Promise<readonly { readonly path: string; readonly length: number }[]>;
  writeText(path: string, text: string): Promise<void>;
  mkdirs(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
}

export interface ProgramSpec {
  readonly name: string;
  /** Printed after `Usage: ` if main() throws a UsageError. */
  readonly usage: string;
  /** Runs the program. Returns the exit status; undefined counts as 0. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a main() without return is one of Promise<void>
  main(context: ProgramContext): Promise<number | void>;
}

export type Program = ProgramSpec & { readonly [KIND]: 'program' };

/** Declares a program: several jobs, or one job with work before and after. Its file exports the jobs by name. */
export function program(spec: ProgramSpec): Program {
  checkMembers('program', spec, PROGRAM_MEMBERS satisfies Record<keyof ProgramSpec, MemberType>);
  return { ...spec, [KIND]: 'program' };
}

/** Thrown by configure() and main() for wrong arguments; the job client then prints the usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const isJob = (value: unknown): value is AnyJob => kindOf(value) === 'job';
export const isProgram = (value: unknown): value is Program => kindOf(value) === 'program';

function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<symbol, unknown>)[KIND] : undefined;
}
