/** The records of the copy job: entries of the listing, which the maps share by one of two strategies. */
import { splitPath } from '../../client/filesystem/path-text.ts';
import type { AsyncInputFormat, AsyncRecordReader, FormatContext } from '../api/api.ts';
import type { InputSplit } from '../job/input-split.ts';
import { planOf } from './copy-plan.ts';
import { DynamicReader, dynamicSplits } from './dynamic-chunks.ts';
import { type CopyEntry, type ListedEntry, readListing } from './listing-file.ts';

/**
 * Each map gets a run of the listing, so that all runs have about the same bytes to copy (Hadoop: UniformSizeInputFormat). A
 * split is a part of the listing that begins and ends with lines.
 */
export function uniformSizeInput(): AsyncInputFormat<string, CopyEntry> {
  return {
    withoutFiles: true,
    async getSplits(_files, context) {
      const { maps, totalBytes, listing } = planOf(context.conf);
      const { fsUri, path } = placeOf(listing);
      return await uniformSplits(readListing(context.fileSystem(fsUri), path), { fsUri, path }, maps, totalBytes);
    },
    openReader(split, context) {
      if (split.kind !== 'file') throw new Error(`A split of the copy listing is a part of a file, not ${split.kind}`);
      const { start, length } = split;
      const { fs, path } = context.qualify(planOf(context.conf).listing);
      return new EntryReader(readListing(fs, path, { start, end: start + length }), start, length);
    },
  };
}

/**
 * The listing is cut into many chunks, and a map that has copied its chunk takes another one (Hadoop: DynamicInputFormat): so
 * no map waits for a slower one.
 */
export function dynamicInput(): AsyncInputFormat<string, CopyEntry> {
  return {
    withoutFiles: true,
    async getSplits(_files, context) {
      const { listing } = planOf(context.conf);
      const { fsUri, path } = placeOf(listing);
      return await dynamicSplits(context.fileSystem(fsUri), path, context.conf);
    },
    openReader: (split, context: FormatContext) => DynamicReader.open(split, context),
  };
}

/** Cuts a listing before the entry with which a split would get more than its share. */
export async function uniformSplits(
  entries: AsyncIterable<ListedEntry>,
  file: { readonly fsUri: string; readonly path: string },
  maps: number,
  totalBytes: number,
): Promise<InputSplit[]> {
  const share = Math.ceil(totalBytes / maps);
  const splits: InputSplit[] = [];
  let start = 0;
  let last = 0;
  let bytes = 0;
  const cut = (): void => {
    splits.push({ kind: 'file', ...file, start, length: last - start, hosts: [], names: [] });
    start = last;
    bytes = 0;
  };
  for await (const { entry, end } of entries) {
    if (bytes + entry.length > share && last > start) cut();
    bytes += entry.length;
    last = end;
  }
  if (last > start) cut();
  return splits;
}

/** Returns a URI in the two parts that splits have. */
function placeOf(uri: string): { fsUri: string; path: string } {
  const { scheme, authority = '', path } = splitPath(uri);
  return { fsUri: `${scheme}://${authority}`, path };
}

class EntryReader implements AsyncRecordReader<string, CopyEntry> {
  readonly #entries: AsyncGenerator<ListedEntry>;
  readonly #start: number;
  readonly #length: number;
  #current: ListedEntry | undefined;

  constructor(entries: AsyncGenerator<ListedEntry>, start: number, length: number) {
    this.#entries = entries;
    this.#start = start;
    this.#length = length;
  }

  get key(): string {
    return this.value.path;
  }

  get value(): CopyEntry {
    if (!this.#current) throw new Error('The reader stands at no entry');
    return this.#current.entry;
  }

  get progress(): number {
    return this.#current ? (this.#current.end - this.#start) / Math.max(1, this.#length) : 0;
  }

  async next(): Promise<boolean> {
    const { value, done } = await this.#entries.next();
    this.#current = done ? undefined : value;
    return !done;
  }

  async close(): Promise<void> {
    await this.#entries.return(undefined);
  }
}
