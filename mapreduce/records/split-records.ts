/** The records of a split, as the loop of a map task takes them. */
import type { CurrentRecord } from '../formats/format.ts';

/** The records that are there without waiting. */
export interface ReadyRecords extends CurrentRecord<unknown, unknown> {
  /** Moves to the next record. Returns false if more() must be awaited. */
  next(): boolean;
}

export interface SplitRecords {
  /** Takes the records up to the next more(), after which it may be another object. */
  readonly ready: ReadyRecords;
  /** Position of the current record in its file, in bytes. */
  readonly offset: number;
  /** URI of the current record's file; empty if it comes from no file. */
  readonly path: string;
  /** The part of the split that is read, from 0 to 1. */
  readonly progress: number;
  /** Waits until there may be more records. Returns false if no record is left. */
  more(): Promise<boolean>;
  close(): Promise<void>;
}
