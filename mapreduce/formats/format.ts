/** Interfaces between tasks and formats, which make records of bytes and bytes of pairs. */
import type { FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';
import type { InputSplit } from '../job/input-split.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import type { Text } from './text.ts';

/**
 * Makes records of bytes, without IO. The task feeds chunks of the split's file, from the split's first byte on, and past
 * the split's end while `done` is false. After each chunk it takes records with next() until next() returns false.
 */
export interface RecordReader<K, V> {
  readonly key: K;
  readonly value: V;
  /** The key as a job without map() passes it on, if that is another one: Text where the string has lost bytes. */
  readonly exactKey?: K | Text;
  /** The same of the value. */
  readonly exactValue?: V | Text;
  /** Position of the current record in its file, in bytes, or in its range. */
  readonly offset: number;
  /** Whether no record is left in the split, whatever bytes follow. */
  readonly done: boolean;
  /** Takes the next chunk, which then belongs to the reader. The caller has taken all records of earlier chunks. */
  feed(chunk: Uint8Array): void;
  /** Tells the reader that the file has ended. */
  end(): void;
  /** Moves to the next record. Returns false if more bytes are needed or no record is left. */
  next(): boolean;
}

export interface InputFormat<K, V> {
  /**
   * By default a file whose name ends with the suffix of a codec, such as `.gz`, is decompressed, as in Hadoop: the reader
   * gets the decompressed bytes, in one split of the length Infinity. With 'kept', the reader gets the bytes of the file.
   */
  readonly compression?: 'kept';
  /** Whether a file may be split. Without it, every file may; a file that may not is one map task. */
  isSplittable?(path: string): boolean;
  /** Returns the splits; without it, each block is a split. `files` is in the order of the listing, without hidden files. */
  getSplits?(files: readonly FileStatus[], fs: FileSystem, conf: JobConfiguration): Promise<InputSplit[]>;
  /** The format takes no input paths. */
  readonly withoutFiles?: true;
  createReader(split: InputSplit, conf: JobConfiguration): RecordReader<K, V>;
}

/** Makes bytes of pairs, without IO. */
export interface RecordWriter<K, V> {
  /** Adds one pair. */
  write(key: K, value: V): void;
  /** Approximate number of bytes gathered since the last take(). */
  readonly pendingBytes: number;
  /** Returns the bytes gathered since the last take(); they belong to the caller. */
  take(): Uint8Array;
}

export interface OutputFormat<K, V> {
  /** End of the part file's name, such as `.csv`. */
  readonly extension?: string;
  /** The writer takes Text objects too; to another one, they are given as strings. */
  readonly takesText?: true;
  createWriter(conf: JobConfiguration): RecordWriter<K, V>;
}
