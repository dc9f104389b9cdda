/** Interfaces between tasks and formats, which make records of bytes and bytes of pairs. */
import type { FileInput, FileOutput, FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';
import type { Counter } from '../job/counters.ts';
import type { FileRange, FileSplit, InputSplit, RangeSplit } from '../job/input-split.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import type { SplitSizes } from '../job/splits.ts';
import type { Text } from './text.ts';

/** The record at which a reader stands. */
export interface CurrentRecord<K, V> {
  readonly key: K;
  readonly value: V;
  /** The key as a job without map() passes it on, if that is another one: Text where the string has lost bytes. */
  readonly exactKey?: K | Text;
  /** The same of the value. */
  readonly exactValue?: V | Text;
}

/**
 * Makes records of bytes, without IO. The task feeds chunks of the split's file, from the split's first byte on, and past
 * the split's end while `done` is false. After each chunk it takes records with next() until next() returns false.
 */
export interface RecordReader<K, V> extends CurrentRecord<K, V> {
  /** Position of the current record in its file, in bytes, or in its range. */
  readonly offset: number;
  /** Whether no record is left in the split, whatever bytes follow. */
  readonly done: boolean;
  /** Takes the next chunk, which then belongs to the reader. The caller has taken all records of earlier chunks. */
  feed(chunk: Uint8Array): void;
  /** Tells the reader that the file has ended. */
  end(): void;
  /**
   * Tells a reader whose split was given without an end where it ends, before the bytes up to there are fed. A format whose
   * readers have this says so with splitsCompressed.
   */
  endAt?(offset: number): void;
  /** Moves to the next record. Returns false if more bytes are needed or no record is left. */
  next(): boolean;
}

/** Reads the records of a split by itself: for formats that need more than the bytes of one file in their order. */
export interface AsyncRecordReader<K, V> extends CurrentRecord<K, V> {
  /** The part of the split that is read, from 0 to 1. */
  readonly progress: number;
  /** Position of the current record, for messages and `context.offset`. Default 0. */
  readonly offset?: number;
  /** URI of the file that the current record comes from. Default: the file of the split, if it has one file. */
  readonly path?: string;
  /**
   * Moves to the next record. Returns false, or a promise of false, if no record is left. A reader that has decoded records
   * already returns true and not a promise: this is much faster.
   */
  next(): Promise<boolean> | boolean;
  /** Called once, after the last record and after any failure. */
  close(): Promise<void> | void;
}

/** The job's properties, counters and file systems, for readers and writers of formats. */
export interface FormatContext {
  readonly conf: JobConfiguration;
  /** The default file system (fs.defaultFS). It belongs to the task, and its close() does nothing. */
  readonly fileSystem: FileSystem;
  /** Returns the file system of a path with or without scheme, the absolute path in it, and both as a URI. */
  qualify(path: string): { readonly fs: FileSystem; readonly path: string; readonly uri: string };
  /** Returns the counter of this group and name; a new counter begins at 0. */
  counter(group: string, name: string): Counter;
}

export interface ReadContext extends FormatContext {
  /**
   * Opens a file. The bytes that are read of it count as the job's input. A file that the reader leaves open is closed with
   * the reader.
   */
  open(file: Pick<FileRange, 'fsUri' | 'path'>): Promise<FileInput>;
}

/** A file of the job's input. */
export interface InputFile extends FileStatus {
  /** The file system, as `hdfs://host:port` or `file://`. */
  readonly fsUri: string;
}

/** The properties and file systems with which a format makes splits, before the job runs. */
export interface SplitContext {
  readonly conf: JobConfiguration;
  /** mapreduce.input.fileinputformat.split.minsize and .maxsize. */
  readonly sizes: SplitSizes;
  /** Returns the file system of an InputFile's `fsUri`. */
  fileSystem(fsUri: string): FileSystem;
}

interface InputFormatBase {
  /**
   * By default a file whose name ends with the suffix of a codec, such as `.gz`, is decompressed, as in Hadoop: the reader
   * gets the decompressed bytes, in one split of the length Infinity. With 'kept', the reader gets the bytes of the file.
   */
  readonly compression?: 'kept';
  /** Readers have endAt(), so that the files of a codec such as bzip2 are cut into splits. */
  readonly splitsCompressed?: true;
  /** Whether a file may be split. Without it, every file may; a file that may not is one map task. */
  isSplittable?(path: string): boolean;
  /** Returns the splits; without it, each block is a split. `files` is in the order of the listing, without hidden files. */
  getSplits?(files: readonly InputFile[], context: SplitContext): Promise<InputSplit[]>;
  /**
   * Whether one split may hold several files: many small ones (true), or always. A map then has several files, each with a
   * reader of its own. ARCHITECTURE.md tells when small files are many.
   */
  readonly combines?: true | 'always';
  /** The format takes no input paths. */
  readonly withoutFiles?: true;
}

/** A format whose reader is fed: the fastest way. A split of several files has a reader for each of them. */
export interface FedInputFormat<K, V> extends InputFormatBase {
  createReader(split: FileSplit | RangeSplit, conf: JobConfiguration): RecordReader<K, V>;
  readonly openReader?: undefined;
}

/** A format whose reader reads by itself. It gets the bytes of files as they are: it is not given decompressed ones. */
export interface AsyncInputFormat<K, V> extends InputFormatBase {
  openReader(split: InputSplit, context: ReadContext): Promise<AsyncRecordReader<K, V>> | AsyncRecordReader<K, V>;
  readonly createReader?: undefined;
}

export type InputFormat<K, V> = FedInputFormat<K, V> | AsyncInputFormat<K, V>;

/** Makes bytes of pairs, without IO. */
export interface RecordWriter<K, V> {
  /** Adds one pair. */
  write(key: K, value: V): void;
  /** Approximate number of bytes gathered since the last take(). */
  readonly pendingBytes: number;
  /** Returns the bytes gathered since the last take(); they belong to the caller. */
  take(): Uint8Array;
  /** Returns the bytes that end the file, after the last take(). */
  end?(): Uint8Array;
}

/** Writes pairs by itself: for formats that write more than one sequence of bytes, or wait while they write. */
export interface AsyncRecordWriter<K, V> {
  /**
   * Takes one pair, which then belongs to the writer. If write() returns a promise, the next call comes after it has resolved.
   */
  write(key: K, value: V): void | Promise<void>;
  /** Writes the rest and closes. Files of WriteContext.create() that are still open are closed afterwards. */
  close(): void | Promise<void>;
  /** Called instead of close() when the attempt has failed; the files of WriteContext.create() need no care. */
  abort?(): void | Promise<void>;
}

export interface WriteContext extends FormatContext {
  /** Name of the output's file, such as `part-r-00000.avro`. */
  readonly name: string;
  /** URI of the attempt's directory. Files in it become part of the job's output if the attempt commits. */
  readonly directory: string;
  /** The task's number within its phase, from 0. */
  readonly taskIndex: number;
  readonly attemptId: string;
  /**
   * Creates a file in the attempt's directory; default: the output's own file. Its bytes count as the job's output. `name` may
   * have directories: `images/0001.png`.
   */
  create(name?: string): Promise<FileOutput>;
}

interface OutputFormatBase {
  /** End of the output file's name, such as `.csv`. */
  readonly extension?: string;
  /** The writer takes Text objects too; to another one, they are given as strings. */
  readonly takesText?: true;
  /** The output's file is made when the first pair is written (Hadoop: LazyOutputFormat). */
  readonly lazy?: true;
  /** Files are named without the phase, `part-00000`, as by the older API of Hadoop (org.apache.hadoop.mapred). */
  readonly namesWithoutPhase?: true;
  /** The format makes no files, and the job needs no output path. */
  readonly withoutFiles?: true;
}

/** A format whose writer gives bytes to the task: the fastest way. */
export interface BytesOutputFormat<K, V> extends OutputFormatBase {
  /** The bytes are never compressed; without this, they are if mapreduce.output.fileoutputformat.compress is set. */
  readonly compression?: 'none';
  createWriter(conf: JobConfiguration): RecordWriter<K, V>;
  readonly openWriter?: undefined;
}

/** A format whose writer writes by itself. Output is not compressed for it: the format compresses as it sees fit. */
export interface AsyncOutputFormat<K, V> extends OutputFormatBase {
  /**
   * write() has made bytes of the pair when it returns. Without this, the writer gets copies of objects and arrays, because the
   * job may change its own.
   */
  readonly encodesAtOnce?: true;
  openWriter(context: WriteContext): Promise<AsyncRecordWriter<K, V>> | AsyncRecordWriter<K, V>;
  readonly createWriter?: undefined;
}

export type OutputFormat<K, V> = BytesOutputFormat<K, V> | AsyncOutputFormat<K, V>;
