/** Ranges of records of a task, by their numbers from 0 (Hadoop: SortedRanges). */

export interface RecordRange {
  /** The number of the first record. */
  readonly start: number;
  readonly length: number;
}

/** The records that an attempt leaves out. */
export interface SkipOrder {
  /** Bad records, in order; no two ranges touch. */
  readonly ranges: readonly RecordRange[];
  /** A part of the input to which a test attempt is limited: it writes no output. */
  readonly test?: RecordRange;
}

const endOf = ({ start, length }: RecordRange): number => start + length;

export const isInRange = (index: number, range: RecordRange): boolean => index >= range.start && index < endOf(range);

/** Returns the ranges with one more; ranges that overlap or touch become one. */
export function addRange(ranges: readonly RecordRange[], added: RecordRange): readonly RecordRange[] {
  if (added.length <= 0) return ranges;
  let { start } = added;
  let end = endOf(added);
  const others: RecordRange[] = [];
  for (const range of ranges) {
    if (endOf(range) < start || range.start > end) others.push(range);
    else {
      start = Math.min(start, range.start);
      end = Math.max(end, endOf(range));
    }
  }
  return [...others, { start, length: end - start }].sort((a, b) => a.start - b.start);
}

/** Whether an attempt leaves a record out. */
export const isSkipped = ({ ranges, test }: SkipOrder, index: number): boolean =>
  ranges.some((range) => isInRange(index, range)) || (test !== undefined && !isInRange(index, test));
