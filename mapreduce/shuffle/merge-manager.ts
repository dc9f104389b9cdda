/** Takes the segments that a reduce has fetched, and merges them while others come (Hadoop: MergeManagerImpl). */
import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import { nextTurn } from '../../runtime/promises.ts';
import { taskLimits } from '../containment/task-limits.ts';
import type { Counters } from '../job/counters.ts';
import type { KeyOrder } from '../sort/key-order.ts';
import { copyInto, Merge } from '../sort/merge.ts';
import type { SegmentCodec } from '../sort/segment.ts';
import { SegmentFiles, writeSpillFile } from '../sort/spill-file.ts';
import type { FetchedSegment } from './fetch-segment.ts';

const MIB = 2 ** 20;

export interface MergeManagerOptions {
  readonly conf: Configuration;
  /** The attempt's own directory. */
  readonly directory: string;
  readonly order: KeyOrder;
  readonly codec: SegmentCodec | undefined;
  readonly counters: Counters;
}

/** Segments in memory are merged to the disk when they fill a share of it, and segments on the disk when they are many. */
export class MergeManager {
  readonly #o: MergeManagerOptions;
  readonly #memoryMax: number;
  readonly #singleMax: number;
  readonly #mergeAt: number;
  readonly #factor: number;
  #inMemory: FetchedSegment[] = [];
  #onDisk: FetchedSegment[] = [];
  #memoryUsed = 0;
  #files = 0;
  #merging: Promise<void> | undefined;

  constructor(options: MergeManagerOptions) {
    this.#o = options;
    const { conf } = options;
    const heap = taskLimits(conf, 'REDUCE').heapMib * MIB;
    const total = conf.get('mapreduce.reduce.memory.totalbytes') || heap;
    this.#memoryMax = total * conf.get('mapreduce.reduce.shuffle.input.buffer.percent');
    this.#singleMax = this.#memoryMax * conf.get('mapreduce.reduce.shuffle.memory.limit.percent');
    this.#mergeAt = this.#memoryMax * conf.get('mapreduce.reduce.shuffle.merge.percent');
    this.#factor = Math.max(2, conf.get('mapreduce.task.io.sort.factor'));
  }

  /** Takes memory for a segment of this length. Returns false if it is to go to the disk. */
  reserve(bytes: number): boolean {
    if (bytes > this.#singleMax || this.#memoryUsed + bytes > this.#memoryMax) return false;
    this.#memoryUsed += bytes;
    return true;
  }

  /** Gives back the memory for a segment that did not come. */
  giveBack(bytes: number): void {
    this.#memoryUsed -= bytes;
  }

  /** Takes a segment. A failure of the merge that it sets off is thrown by finish(). */
  add(segment: FetchedSegment): void {
    (segment.inMemory ? this.#inMemory : this.#onDisk).push(segment);
    if (this.#merging === undefined && this.#isMergeDue()) {
      this.#merging = this.#merge();
      this.#merging.catch(() => undefined);
    }
  }

  /** Waits for the merge under way. Returns all segments: any number in memory, and few on the disk. */
  async finish(): Promise<readonly FetchedSegment[]> {
    await this.#merging;
    while (this.#onDisk.length > this.#factor) {
      this.#mergeDisk(Math.min(this.#factor, this.#onDisk.length - this.#factor + 1));
      await nextTurn();
    }
    return [...this.#inMemory, ...this.#onDisk];
  }

  #isMergeDue(): boolean {
    return bytesOf(this.#inMemory) >= this.#mergeAt || this.#onDisk.length >= 2 * this.#factor - 1;
  }

  async #merge(): Promise<void> {
    while (this.#isMergeDue()) {
      // Fetches that have ended are taken in between two merges.
      await nextTurn();
      if (bytesOf(this.#inMemory) >= this.#mergeAt) this.#mergeMemory();
      else this.#mergeDisk(this.#factor);
    }
    this.#merging = undefined;
  }

  #mergeMemory(): void {
    const segments = this.#inMemory;
    this.#inMemory = [];
    this.#onDisk.push(this.#merged(segments));
    this.#memoryUsed -= bytesOf(segments);
  }

  /** Merges the smallest segments of the disk: so each byte is written few times. */
  #mergeDisk(count: number): void {
    const bySize = [...this.#onDisk].sort((a, b) => a.bytes - b.bytes);
    const merged = this.#merged(bySize.slice(0, count));
    this.#onDisk = [...bySize.slice(count), merged];
  }

  #merged(segments: readonly FetchedSegment[]): FetchedSegment {
    const { directory, order, codec, counters } = this.#o;
    const file = path.join(directory, `merged_${this.#files++}.out`);
    const files = new SegmentFiles(codec);
    try {
      const merge = new Merge(
        segments.map((segment) => segment.open(files)),
        order,
      );
      const { index } = writeSpillFile(file, 1, (_partition, out) => copyInto(out, merge), codec);
      const { length = 0, records = 0 } = index[0] ?? {};
      counters.addTask('SPILLED_RECORDS', records);
      const open: FetchedSegment['open'] = (from) => from.reader(file, { offset: 0, length });
      return { bytes: length, inMemory: false, file, open };
    } finally {
      files.close();
      for (const { file: own } of segments) if (own !== undefined) fs.rmSync(own, { force: true });
    }
  }
}

const bytesOf = (segments: readonly FetchedSegment[]): number => segments.reduce((sum, { bytes }) => sum + bytes, 0);
