/** The files that an attempt writes into its directory. */
import type { FileOutput, FileSystem } from '../../client/filesystem/file-system.ts';
import { joinPath } from '../../protocol/path.ts';
import type { Counters } from '../job/counters.ts';

export class AttemptFiles {
  readonly #fs: FileSystem;
  readonly #directory: string;
  readonly #counters: Counters;
  readonly #scheme: string;
  readonly #open = new Map<string, FileOutput>();
  /** Bytes of the files that are closed. */
  #bytesWritten = 0;

  constructor(fs: FileSystem, directory: string, counters: Counters) {
    this.#fs = fs;
    this.#directory = directory;
    this.#counters = counters;
    this.#scheme = fs.uri.slice(0, fs.uri.indexOf(':'));
  }

  /** Bytes of the files, of those only that are closed. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** The URI of the directory. */
  get uri(): string {
    return `${this.#fs.uri}${this.#directory}`;
  }

  /**
   * Creates a file; the directories of its name are made.
   * @throws FileAlreadyExistsException for a name that was used already; FileNotFoundException if the attempt was given up
   */
  async create(name: string): Promise<FileOutput> {
    const parts = name.split('/');
    if (parts.some((part) => part === '' || part === '.' || part === '..')) {
      throw new Error(`'${name}' is no name of an output file: expected a relative path without '.' and '..'`);
    }
    // Each directory without its parents: after the job's end, a late create() must not bring `_temporary` back.
    for (let i = 1; i < parts.length; i++) await this.#mkdir(joinPath(this.#directory, parts.slice(0, i).join('/')));
    const path = joinPath(this.#directory, name);
    const file = await this.#fs.create(path, { createParent: false, overwrite: false });
    this.#open.set(name, file);
    this.#counters.addFileSystem(this.#scheme, 'WRITE_OPS', 1);
    return this.#counted(name, file);
  }

  /** Closes the files that are open. */
  async close(): Promise<void> {
    for (const [name, file] of [...this.#open]) await this.#close(name, file);
  }

  /** Gives up the files that are open. */
  async abort(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(open.map((file) => file.abort()));
  }

  async #close(name: string, file: FileOutput): Promise<void> {
    if (this.#open.get(name) !== file) return;
    await file.close();
    this.#open.delete(name);
    this.#bytesWritten += file.position;
    this.#counters.addFileSystem(this.#scheme, 'BYTES_WRITTEN', file.position);
    this.#counters.addFileSystem(this.#scheme, 'WRITE_OPS', 1);
  }

  /** Returns the file with a close() that counts, and can be called twice. */
  #counted(name: string, file: FileOutput): FileOutput {
    const close = (): Promise<void> => this.#close(name, file);
    return {
      get position() {
        return file.position;
      },
      write: (chunk) => file.write(chunk),
      hflush: () => file.hflush(),
      hsync: (options) => file.hsync(options),
      writable: () =>
        new WritableStream<Uint8Array>({ write: (chunk) => file.write(chunk), close, abort: () => file.abort() }),
      close,
      abort: () => file.abort(),
      [Symbol.asyncDispose]: close,
    };
  }

  async #mkdir(path: string): Promise<void> {
    try {
      await this.#fs.mkdir(path);
    } catch (e) {
      const { type } = await this.#fs.getFileStatus(path);
      if (type !== 'DIRECTORY') throw e;
    }
  }
}
