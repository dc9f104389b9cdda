/** Collects the pairs of a map task into one sorted file. */
import fs from 'node:fs';
import path from 'node:path';
import type { Counters } from '../job/counters.ts';
import { inShortPhase } from '../job/phase-times.ts';
import { ByteSink } from './byte-sink.ts';
import { type Combine, CombineBuffer } from './combine-buffer.ts';
import { type CombineRun, combineRunInto, segmentInMemory } from './combine-run.ts';
import { encodeKey } from './key-codec.ts';
import { bytewiseOrder, type KeyOrder } from './key-order.ts';
import { copyInto, Merge } from './merge.ts';
import { groupsOf } from './merge-groups.ts';
import type { SegmentCodec, SegmentWriter } from './segment.ts';
import { SortBuffer } from './sort-buffer.ts';
import { SegmentFiles, type SpillFile, writeSpillFile } from './spill-file.ts';
import { encodeValue } from './value-codec.ts';

/** Number of spills from which a merge combines again (Hadoop's mapreduce.map.combine.minspills). */
const COMBINE_SPILLS_MIN = 3;

export interface MapOutputOptions {
  readonly directory: string;
  readonly partitions: number;
  readonly partition: (key: unknown, value: unknown) => number;
  readonly order?: KeyOrder;
  readonly combine?: Combine;
  /** The combiner is sum() of the job API. */
  readonly sums?: boolean;
  /** Combines the sorted pairs of one partition of a spill at once, in place of `combine`. */
  readonly combineRun?: CombineRun;
  /** Bytes of records in memory at which they are spilled. */
  readonly spillBytes: number;
  /** Most files that are merged at once. */
  readonly mergeFactor: number;
  readonly counters: Counters;
  /** By which spills and the output are compressed. */
  readonly codec?: SegmentCodec | undefined;
}

/**
 * Gathers the pairs that a map task emits in memory, and combines them there. When memory is full, it spills them sorted.
 * At the end it merges the spills into one file with a sorted segment for every reduce.
 */
export class MapOutput {
  readonly #o: MapOutputOptions;
  readonly #order: KeyOrder;
  readonly #sort: SortBuffer;
  readonly #combining: CombineBuffer | undefined;
  #spills: SpillFile[] = [];
  #files = 0;
  #records = 0;
  #bytes = 0;
  #combined = 0;

  constructor(options: MapOutputOptions) {
    this.#o = options;
    this.#order = options.order ?? bytewiseOrder;
    this.#sort = new SortBuffer(options.partitions, this.#order);
    this.#combining = options.combine && new CombineBuffer(options.combine, options.sums);
    fs.mkdirSync(options.directory, { recursive: true });
  }

  collect(key: unknown, value: unknown): void {
    if (this.#combining) {
      this.#bytes += this.#combining.add(key, value, this.#o.partition);
      this.#records++;
      if (this.#combining.usedBytes >= this.#o.spillBytes) this.#spill();
    } else {
      this.#bytes += this.#sort.add(this.#o.partition(key, value), key, value);
      this.#records++;
      if (this.#sort.usedBytes >= this.#o.spillBytes) this.#spill();
    }
  }

  /** Empties the buffers. Returns the file of the output. */
  close(): SpillFile {
    if (this.#spills.length === 0 || this.#sort.records > 0 || (this.#combining?.keys ?? 0) > 0) this.#spill();
    const { counters, mergeFactor } = this.#o;
    while (this.#spills.length > mergeFactor) {
      this.#spills = [...this.#spills.slice(mergeFactor), this.#merge(this.#spills.slice(0, mergeFactor))];
    }
    const [only] = this.#spills;
    const merged = this.#spills.length === 1 && only ? only : this.#merge(this.#spills);
    const output = { path: path.join(this.#o.directory, 'file.out'), index: merged.index };
    fs.renameSync(merged.path, output.path);
    counters.addTask('MAP_OUTPUT_RECORDS', this.#records);
    counters.addTask('MAP_OUTPUT_BYTES', this.#bytes);
    counters.addTask('MAP_OUTPUT_MATERIALIZED_BYTES', fileBytes(output));
    const combines = this.#combining !== undefined || this.#o.combineRun !== undefined;
    counters.addTask('COMBINE_INPUT_RECORDS', combines ? this.#records : 0);
    counters.addTask('COMBINE_OUTPUT_RECORDS', this.#combined);
    return output;
  }

  #nextPath(): string {
    return path.join(this.#o.directory, `spill${this.#files++}.out`);
  }

  #spill(): void {
    inShortPhase(this.#o.counters, 'SPILL_MILLIS', () => this.#spillNow());
  }

  #spillNow(): void {
    const { partitions, counters, combineRun } = this.#o;
    this.#combining?.drain((partition, key, value) => {
      this.#sort.add(partition, key, value);
      this.#combined++;
    });
    counters.addTask('SPILLED_RECORDS', this.#sort.records);
    const sorted = this.#sort.sorted();
    const write = (_partition: number, segment: SegmentWriter): void => {
      const next = sorted.next();
      if (next.done) return;
      const { value: records } = next;
      const appendTo = (target: SegmentWriter): void =>
        records.forEach((bytes, keyStart, keyEnd, valueEnd) => {
          target.append(bytes, keyStart, keyEnd, bytes, keyEnd, valueEnd);
        });
      if (combineRun) this.#combineRun(segment, new Merge([segmentInMemory(appendTo)], this.#order), combineRun);
      else appendTo(segment);
    };
    const spill = writeSpillFile(this.#nextPath(), partitions, write, this.#o.codec);
    counters.addFileSystem('file', 'BYTES_WRITTEN', fileBytes(spill));
    this.#sort.clear();
    this.#spills.push(spill);
  }

  #merge(spills: readonly SpillFile[]): SpillFile {
    return inShortPhase(this.#o.counters, 'MERGE_MILLIS', () => this.#mergeNow(spills));
  }

  #mergeNow(spills: readonly SpillFile[]): SpillFile {
    const { counters, combine, combineRun } = this.#o;
    const files = new SegmentFiles(this.#o.codec);
    const combinesAgain = spills.length >= COMBINE_SPILLS_MIN;
    try {
      const write = (partition: number, segment: SegmentWriter): void => {
        const readers = spills.map((spill) => {
          const range = spill.index[partition];
          if (!range) throw new Error(`${spill.path} has no partition ${partition}`);
          return files.reader(spill.path, range);
        });
        const merge = new Merge(readers, this.#order);
        if (combine && combinesAgain) this.#combineInto(segment, merge, combine);
        else if (combineRun && combinesAgain) this.#combineRun(segment, merge, combineRun);
        else copyInto(segment, merge);
      };
      const merged = writeSpillFile(this.#nextPath(), this.#o.partitions, write, this.#o.codec);
      for (const spill of spills) {
        counters.addFileSystem('file', 'BYTES_READ', fileBytes(spill));
        fs.unlinkSync(spill.path);
      }
      counters.addFileSystem('file', 'BYTES_WRITTEN', fileBytes(merged));
      counters.addTask(
        'SPILLED_RECORDS',
        merged.index.reduce((sum, s) => sum + s.records, 0),
      );
      return merged;
    } finally {
      files.close();
    }
  }

  #combineRun(segment: SegmentWriter, merge: Merge, combineRun: CombineRun): void {
    this.#combined += combineRunInto(segment, merge, this.#order, combineRun);
  }

  #combineInto(segment: SegmentWriter, merge: Merge, combine: Combine): void {
    const record = new ByteSink(1024);
    for (const group of groupsOf(merge, this.#order)) {
      combine(group.key, group.values, (key, value) => {
        record.clear();
        encodeKey(key, record);
        const keyEnd = record.length;
        encodeValue(value, record);
        segment.append(record.bytes, 0, keyEnd, record.bytes, keyEnd, record.length);
      });
    }
  }
}

const fileBytes = ({ index }: SpillFile): number => index.reduce((sum, { length }) => sum + length, 0);
