/** The copy listing: a file with one line of JSON for each path that is to be copied (Hadoop: fileList.seq). */
import type { FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';

const LF = 10;
const FLUSH_BYTES = 1 << 20;

/** The attributes that -p takes over from a source. Times are ms since the epoch. */
export type SourceAttributes = Pick<
  FileStatus,
  'permission' | 'owner' | 'group' | 'modificationTimeMs' | 'accessTimeMs' | 'replication'
>;

/** A file or a directory of the source. */
export interface CopyEntry {
  /** Path below the target, such as `/dir/file`; empty if the source becomes the target itself. */
  readonly path: string;
  /** URI of the source. */
  readonly source: string;
  /** Length in bytes; 0 for a directory. */
  readonly length: number;
  /** Attributes of a directory, which it gets when all is copied; undefined for a file. */
  readonly directory?: SourceAttributes;
}

/** An entry with the offset of its end in the listing, in bytes. */
export interface ListedEntry {
  readonly entry: CopyEntry;
  readonly end: number;
}

/** Writes a listing. Its caller closes it. */
export class ListingWriter implements AsyncDisposable {
  readonly #output: Awaited<ReturnType<FileSystem['create']>>;
  #lines: string[] = [];
  #pending = 0;

  private constructor(output: Awaited<ReturnType<FileSystem['create']>>) {
    this.#output = output;
  }

  static async create(fs: FileSystem, path: string): Promise<ListingWriter> {
    return new ListingWriter(await fs.create(path));
  }

  async write(entry: CopyEntry): Promise<void> {
    const line = `${JSON.stringify(entry)}\n`;
    this.#lines.push(line);
    this.#pending += line.length;
    if (this.#pending >= FLUSH_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    this.#pending = 0;
    if (bytes.length > 0) await this.#output.write(bytes);
  }

  async close(): Promise<void> {
    await this.#flush();
    await this.#output.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Gives the entries of a listing between two offsets at which lines begin. */
export async function* readListing(
  fs: FileSystem,
  path: string,
  range: { readonly start: number; readonly end: number } = { start: 0, end: Number.MAX_SAFE_INTEGER },
): AsyncGenerator<ListedEntry> {
  await using input = await fs.open(path);
  let rest: Buffer = Buffer.alloc(0);
  let at = range.start;
  for await (const chunk of input.stream({ start: range.start, end: Math.min(range.end, input.length) })) {
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let begin = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, begin)) {
      const entry = JSON.parse(bytes.toString('utf8', begin, end)) as CopyEntry;
      at += end + 1 - begin;
      begin = end + 1;
      yield { entry, end: at };
    }
    rest = bytes.subarray(begin);
  }
}
