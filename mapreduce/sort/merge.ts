/** Merges sorted segments into one sorted sequence. */
import { bytewiseOrder, type KeyOrder, keyPrefix } from './key-order.ts';
import type { SegmentReader, SegmentWriter } from './segment.ts';

interface Run {
  readonly reader: SegmentReader;
  /** Number of the run. Of equal keys, the run with the lower number comes first, so that merging is stable. */
  readonly rank: number;
  prefix: number;
}

/**
 * Merges by a binary heap of the segments, ordered by their current records, with the smallest record on top. The current
 * record is valid until next().
 */
export class Merge {
  readonly #heap: Run[] = [];
  readonly #order: KeyOrder;
  readonly #byPrefix: boolean;
  #started = false;

  constructor(readers: Iterable<SegmentReader>, order: KeyOrder = bytewiseOrder) {
    this.#order = order;
    this.#byPrefix = order === bytewiseOrder;
    let rank = 0;
    for (const reader of readers) {
      const run = { reader, rank: rank++, prefix: 0 };
      if (this.#advance(run)) this.#heap.push(run);
    }
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#siftDown(i);
  }

  /** The segment whose current record is the smallest. @throws Error after the last record */
  get current(): SegmentReader {
    const top = this.#heap[0];
    if (!top) throw new Error('The merge has ended');
    return top.reader;
  }

  next(): boolean {
    if (!this.#started) {
      this.#started = true;
      return this.#heap.length > 0;
    }
    const top = this.#heap[0];
    if (!top) return false;
    if (!this.#advance(top)) {
      const last = this.#heap.pop();
      if (this.#heap.length === 0 || !last) return false;
      this.#heap[0] = last;
    }
    this.#siftDown(0);
    return true;
  }

  #advance(run: Run): boolean {
    const { reader } = run;
    if (!reader.next()) return false;
    if (this.#byPrefix) run.prefix = keyPrefix(reader.bytes, reader.keyStart, reader.keyEnd);
    return true;
  }

  #before(a: Run, b: Run): boolean {
    if (a.prefix !== b.prefix) return a.prefix < b.prefix;
    const { reader: x } = a;
    const { reader: y } = b;
    const order = this.#order(x.bytes, x.keyStart, x.keyEnd, y.bytes, y.keyStart, y.keyEnd);
    return order === 0 ? a.rank < b.rank : order < 0;
  }

  #siftDown(from: number): void {
    const heap = this.#heap;
    const run = heap[from] as Run;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1] as Run, heap[child] as Run)) child++;
      if (!this.#before(heap[child] as Run, run)) break;
      heap[at] = heap[child] as Run;
      at = child;
    }
    heap[at] = run;
  }
}

/** Writes all records of a merge into a segment. */
export function copyInto(segment: SegmentWriter, merge: Merge): void {
  while (merge.next()) {
    const { bytes, keyStart, keyEnd, valueEnd } = merge.current;
    segment.append(bytes, keyStart, keyEnd, bytes, keyEnd, valueEnd);
  }
}
