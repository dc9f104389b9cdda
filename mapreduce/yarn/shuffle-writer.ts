/** The pairs of a map on YARN, on their way to Hadoop's sort. */
import type { AnyJob } from '../api/api.ts';
import { withoutText } from '../formats/text.ts';
import { ByteSink } from '../sort/byte-sink.ts';
import { CombineBuffer } from '../sort/combine-buffer.ts';
import { encodeKey } from '../sort/key-codec.ts';
import { hashPartition } from '../sort/partitioner.ts';
import { encodeValue } from '../sort/value-codec.ts';
import { rawBytes } from './raw-pairs.ts';

/** Bytes of combined pairs in memory at which they are written. Hadoop calls no combiner of a job in Node.js. */
const COMBINED_BYTES_MAX = 64 * 1024 * 1024;

/** Takes the bytes of pairs. */
export interface PairTarget {
  write(bytes: Uint8Array): void;
}

/** Combines pairs if the job has combine(), and writes each as raw bytes, behind the number of its partition. */
export class ShuffleWriter {
  readonly #job: AnyJob;
  readonly #prefixes: readonly Buffer[];
  readonly #target: PairTarget;
  readonly #combining: CombineBuffer | undefined;
  readonly #key = new ByteSink();
  readonly #value = new ByteSink();

  /** @param prefixes bytes by partition, in hexadecimal digits, by which Hadoop's partitioner finds it */
  constructor(job: AnyJob, prefixes: readonly string[], target: PairTarget) {
    this.#job = job;
    this.#prefixes = prefixes.map((prefix) => Buffer.from(prefix, 'hex'));
    this.#target = target;
    if (job.combine) {
      this.#combining = new CombineBuffer((key, values, emit) => job.combine?.(key, values, { emit }));
    }
  }

  /** @throws RangeError for a partition that the job does not have */
  add(key: unknown, value: unknown): void {
    if (!this.#combining) {
      this.#write(this.#partitionOf(key, value), key, value);
      return;
    }
    this.#combining.add(withoutText(key), withoutText(value), (k, v) => this.#partitionOf(k, v));
    if (this.#combining.usedBytes >= COMBINED_BYTES_MAX) this.end();
  }

  /** Writes the pairs that wait to be combined. */
  end(): void {
    this.#combining?.drain((partition, key, value) => this.#write(partition, key, value));
  }

  #partitionOf(key: unknown, value: unknown): number {
    const partitions = this.#prefixes.length;
    const { partition } = this.#job;
    return partition ? partition(withoutText(key), withoutText(value), partitions) : hashPartition(key, partitions);
  }

  #write(partition: number, key: unknown, value: unknown): void {
    const prefix = this.#prefixes[partition];
    if (!prefix) throw new RangeError(`Illegal partition (${partition}): expected 0 to ${this.#prefixes.length - 1}`);
    this.#key.clear();
    this.#key.raw(prefix);
    encodeKey(key, this.#key);
    this.#value.clear();
    encodeValue(value, this.#value);
    this.#target.write(rawBytes(contentOf(this.#key), contentOf(this.#value)));
  }
}

const contentOf = ({ bytes, length }: ByteSink): Buffer => bytes.subarray(0, length);
