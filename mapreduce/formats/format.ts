import type { FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';
import type { InputSplit } from '../job/input-split.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';

/**
 * Records out of bytes, without IO: the task feeds chunks of the split's file, from the split's first byte on and past
 * its end for as long as `done` is false, and takes records with next() until it is false.
 */
export interface RecordReader<K, V> {
  readonly key: K;
  readonly value: V;
  /** Where the current record begins in its file, or in the range. */
  readonly offset: number;
  /** No record is left in the split, whatever follows. */
  readonly done: boolean;
  /** The chunk belongs to the reader. All records must have been taken with next() before. */
  feed(chunk: Uint8Array): void;
  /** The file has ended. */
  end(): void;
  /** Moves to the next record; false: feed more, or it is done. */
  next(): boolean;
}

export interface InputFormat<K, V> {
  /** A file that can't be split is one map task however many blocks it has. */
  isSplittable?(path: string): boolean;
  /** Other splits than one per block; `files` is sorted as listed, without hidden ones. */
  getSplits?(files: readonly FileStatus[], fs: FileSystem, conf: JobConfiguration): Promise<InputSplit[]>;
  /** The format takes no input paths. */
  readonly withoutFiles?: true;
  createReader(split: InputSplit, conf: JobConfiguration): RecordReader<K, V>;
}

/** Pairs to bytes, without IO. */
export interface RecordWriter<K, V> {
  /** Adds one pair. */
  write(key: K, value: V): void;
  /** Bytes gathered since the last take(), roughly. */
  readonly pendingBytes: number;
  /** The bytes gathered, which then belong to the caller. */
  take(): Uint8Array;
}

export interface OutputFormat<K, V> {
  /** Ends the part file's name, as `.csv`. */
  readonly extension?: string;
  createWriter(conf: JobConfiguration): RecordWriter<K, V>;
}
