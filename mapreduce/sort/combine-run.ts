/** Combines a sorted run of records at once, for combiners that are programs of their own. */
import type { KeyOrder } from './key-order.ts';
import type { Merge } from './merge.ts';
import { type Group, groupsOf } from './merge-groups.ts';
import { readFromBytes, SegmentReader, SegmentWriter } from './segment.ts';
import { SortBuffer } from './sort-buffer.ts';

/** Pairs whose keys are equal in the job's order, which can be read once. `key` is that of the value that was read last. */
export interface RunGroup {
  readonly key: unknown;
  readonly values: Iterable<unknown>;
}

/** Takes the sorted pairs of one partition, and gives pairs in their place, in any order. */
export type CombineRun = (groups: Iterable<RunGroup>, emit: (key: unknown, value: unknown) => void) => void;

const runGroup = (group: Group): RunGroup => ({
  get key() {
    return group.currentKey;
  },
  values: group.values,
});

/** Returns a reader of the records that `write` appends, which are kept in memory. */
export function segmentInMemory(write: (segment: SegmentWriter) => void): SegmentReader {
  const parts: Buffer[] = [];
  const segment = new SegmentWriter((bytes) => parts.push(Buffer.from(bytes)));
  write(segment);
  segment.close();
  return new SegmentReader(readFromBytes(Buffer.concat(parts)));
}

/** Combines the records of a merge, and writes the results, sorted. Returns their number. A merge without records has none. */
export function combineRunInto(out: SegmentWriter, merge: Merge, order: KeyOrder, combine: CombineRun): number {
  const groups = groupsOf(merge, order, { followsKeys: true });
  const first = groups.next();
  if (first.done) return 0;
  const results = new SortBuffer(1, order);
  const all = function* (): Generator<RunGroup> {
    yield runGroup(first.value);
    for (const group of groups) yield runGroup(group);
  };
  combine(all(), (key, value) => void results.add(0, key, value));
  for (const partition of results.sorted()) {
    partition.forEach((bytes, keyStart, keyEnd, valueEnd) => {
      out.append(bytes, keyStart, keyEnd, bytes, keyEnd, valueEnd);
    });
  }
  return results.records;
}
