/** The chunks of -strategy dynamic: files beside the listing, which maps take by renaming them (Hadoop: DynamicInputChunk). */
import type { FileSystem } from '../../client/filesystem/file-system.ts';
import { baseName, joinPath, parentPath } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { AsyncRecordReader, FormatContext } from '../api/api.ts';
import type { InputSplit } from '../job/input-split.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import { planOf } from './copy-plan.ts';
import { type CopyEntry, type ListedEntry, ListingWriter, readListing } from './listing-file.ts';

const CHUNK = 'chunk.';
const TASK = 'task.';
const DONE = 'done.';

interface ChunkLimits {
  readonly maxIdeal: number;
  readonly minRecords: number;
  readonly splitRatio: number;
}

/** Returns the number of chunks for each map (DynamicInputFormat.getSplitRatio). */
export function splitRatio(maps: number, paths: number, limits: ChunkLimits): number {
  if (maps === 1) return 1;
  if (maps > limits.maxIdeal) return limits.splitRatio;
  const pickups = Math.ceil(limits.maxIdeal / maps);
  return Math.ceil(paths / (maps * pickups)) < limits.minRecords ? limits.splitRatio : pickups;
}

/** Writes the chunks. Returns a split for each map, without a chunk: the maps take theirs when they run. */
export async function dynamicSplits(fs: FileSystem, listing: string, conf: JobConfiguration): Promise<InputSplit[]> {
  const { maps, totalPaths } = planOf(conf);
  const positive = (name: string, byDefault: number): number => {
    const value = conf.getNumber(name, byDefault);
    return value > 0 ? value : byDefault;
  };
  const ratio = conf.getNumber(
    'distcp.dynamic.split.ratio',
    splitRatio(maps, totalPaths, {
      maxIdeal: positive('distcp.dynamic.max.chunks.ideal', 100),
      minRecords: positive('distcp.dynamic.min.records_per_chunk', 5),
      splitRatio: 2,
    }),
  );
  if (ratio * maps > positive('distcp.dynamic.max.chunks.tolerable', 400)) {
    const advice = 'Reduce numMaps or decrease split-ratio to proceed.';
    throw hadoopError('IOException', `Too many chunks created with splitRatio:${ratio}, numMaps:${maps}. ${advice}`);
  }
  const chunks = await writeChunks(fs, listing, Math.max(1, Math.ceil(totalPaths / (ratio * maps))));
  return Array.from({ length: Math.min(maps, chunks) }, (_, index) => ({
    kind: 'custom' as const,
    name: `${listing}:dynamic+${index}`,
    length: 1,
    payload: { index },
  }));
}

/** Returns the number of chunks. */
async function writeChunks(fs: FileSystem, listing: string, pathsEach: number): Promise<number> {
  const directory = chunkDirectory(listing);
  await fs.mkdirs(directory);
  let chunks = 0;
  let paths = 0;
  let writer: ListingWriter | undefined;
  try {
    for await (const { entry } of readListing(fs, listing)) {
      if (!writer) {
        writer = await ListingWriter.create(fs, joinPath(directory, `${CHUNK}${String(chunks++).padStart(5, '0')}`));
      }
      await writer.write(entry);
      if (++paths % pathsEach > 0) continue;
      const full = writer;
      writer = undefined;
      await full.close();
    }
  } finally {
    await writer?.close();
  }
  return chunks;
}

/** Returns the number of chunks that no map has copied to its end. */
export async function chunksLeft(fs: FileSystem, listing: string): Promise<number> {
  let left = 0;
  for await (const { path } of fs.listStatus(chunkDirectory(listing))) if (!baseName(path).startsWith(DONE)) left++;
  return left;
}

/**
 * Reads one chunk after the other until none is left. The name of a chunk says who has it:
 *
 *     chunk.00007      nobody
 *     task.3.00007     the fourth map: its next attempt goes on there
 *     done.00007       an attempt has copied all of it
 *
 * Two attempts of one map may read the same chunk. Each marks no other chunk as done than the one that it has read.
 */
export class DynamicReader implements AsyncRecordReader<string, CopyEntry> {
  readonly #fs: FileSystem;
  readonly #directory: string;
  readonly #prefix: string;
  #chunk: { readonly path: string; readonly entries: AsyncGenerator<ListedEntry> } | undefined;
  #current: CopyEntry | undefined;
  #taken = 0;

  private constructor(fs: FileSystem, directory: string, index: number) {
    this.#fs = fs;
    this.#directory = directory;
    this.#prefix = `${TASK}${index}.`;
  }

  static open(split: InputSplit, context: FormatContext): DynamicReader {
    const { fs, path } = context.qualify(planOf(context.conf).listing);
    const { index } = split.payload as { readonly index: number };
    return new DynamicReader(fs, chunkDirectory(path), index);
  }

  get key(): string {
    return this.value.path;
  }

  get value(): CopyEntry {
    if (!this.#current) throw new Error('The reader stands at no entry');
    return this.#current;
  }

  /** Nobody knows how many chunks a task will have had: it nears its end with each. */
  get progress(): number {
    return 1 - 1 / (1 + this.#taken);
  }

  async next(): Promise<boolean> {
    for (;;) {
      this.#chunk ??= await this.#acquire();
      if (!this.#chunk) return false;
      const { value, done } = await this.#chunk.entries.next();
      if (!done) {
        this.#current = value.entry;
        return true;
      }
      const { path } = this.#chunk;
      this.#chunk = undefined;
      // False if another attempt has marked it.
      await this.#fs.rename(path, joinPath(this.#directory, `${DONE}${numberOf(path)}`));
    }
  }

  /** Takes a chunk that an earlier attempt has left, or a free one. Returns undefined if there is none. */
  async #acquire(): Promise<{ path: string; entries: AsyncGenerator<ListedEntry> } | undefined> {
    const paths: string[] = [];
    for await (const { path } of this.#fs.listStatus(this.#directory)) paths.push(path);
    const left = paths.find((path) => baseName(path).startsWith(this.#prefix));
    const taken = left ?? (await this.#takeOne(paths.filter((path) => baseName(path).startsWith(CHUNK))));
    if (taken === undefined) return undefined;
    this.#taken++;
    return { path: taken, entries: readListing(this.#fs, taken) };
  }

  /** Renames the first chunk that no other task is quicker to take. */
  async #takeOne(free: readonly string[]): Promise<string | undefined> {
    for (const chunk of free) {
      const own = joinPath(this.#directory, `${this.#prefix}${numberOf(chunk)}`);
      if (await this.#fs.rename(chunk, own)) return own;
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#chunk?.entries.return(undefined);
  }
}

const chunkDirectory = (listing: string): string => joinPath(parentPath(listing), 'chunkDir');

const numberOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1);
