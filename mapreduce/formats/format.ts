import type { FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';
import type { JobConfiguration } from '../api/api.ts';

/** A part of the input, the work of one map task. */
export type InputSplit =
  | {
      readonly kind: 'file';
      /** The file system, as `hdfs://host:port` or `file://`. */
      readonly fsUri: string;
      readonly path: string;
      readonly start: number;
      readonly length: number;
      /** DataNodes that hold a replica of the split's first block: host names, and `ip:port`. */
      readonly hosts: readonly string[];
      readonly names: readonly string[];
    }
  | {
      readonly kind: 'range';
      /** Whole numbers from `start`, `length` of them; no file is read. */
      readonly start: number;
      readonly length: number;
    };

export type FileSplit = Extract<InputSplit, { kind: 'file' }>;

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
