/** Input format of whole numbers in place of files, for jobs that generate data. */
import type { RangeSplit } from '../job/input-split.ts';
import type { FedInputFormat, RecordReader } from './format.ts';

/** Gives the numbers from 0 to `count` - 1, divided among `maps` map tasks. */
export function rangeInput(
  size: (conf: { getNumber(name: string, otherwise: number): number }) => { count: number; maps: number },
): FedInputFormat<number, number> {
  return {
    withoutFiles: true,
    async getSplits(_files, { conf }) {
      const { count, maps } = size(conf);
      return rangeSplits(count, maps);
    },
    createReader: (split) => new RangeReader(split.start, split.length),
  };
}

/** Divides the numbers from 0 to `count` - 1 into `maps` splits of equal size, except for rounding. */
export function rangeSplits(count: number, maps: number): RangeSplit[] {
  const border = (i: number) => Math.floor((count * i) / maps);
  return Array.from({ length: maps }, (_, i) => ({
    kind: 'range',
    start: border(i),
    length: border(i + 1) - border(i),
  }));
}

class RangeReader implements RecordReader<number, number> {
  key: number;
  readonly #end: number;

  constructor(start: number, length: number) {
    this.key = start - 1;
    this.#end = start + length;
  }

  get value(): number {
    return this.key;
  }

  get offset(): number {
    return this.key;
  }

  get done(): boolean {
    return this.key + 1 >= this.#end;
  }

  feed(): void {
    throw new Error('A range has no bytes');
  }

  end(): void {
    // A range has its end in its split.
  }

  next(): boolean {
    if (this.done) return false;
    this.key++;
    return true;
  }
}
