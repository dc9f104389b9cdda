/** The frame of all shell commands; org.apache.hadoop.fs.shell.Command. */
import type { Configuration } from '../../../conf/configuration.ts';
import { HadoopError, isHadoopError } from '../../../runtime/errors.ts';
import type { Clock } from '../../../runtime/runtime.ts';
import { UsageError } from '../../options/usage-error.ts';
import type { Interrupts } from '../../terminal/interrupts.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import type { FileSystems } from '../paths/file-systems.ts';
import { expandGlob, type PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';

/** The surroundings of a command. */
export interface Shell {
  readonly conf: Configuration;
  readonly terminal: Terminal;
  readonly fileSystems: FileSystems;
  readonly clock: Clock;
  readonly user: string;
  readonly interrupts: Interrupts;
  readonly stdin: () => AsyncIterable<Uint8Array>;
  /** Resolves after `ms` milliseconds, for -tail -f and -setrep -w. */
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * One command of `hdfs dfs`, in Hadoop's steps: options, then arguments expanded to paths, then each path and, for a
 * directory, each of its entries. Prints a failure and goes on with the next path.
 */
export abstract class FsCommand {
  /** Exit status if nothing failed. */
  protected exitCode = 0;
  protected recursive = false;
  /** Number of directories that were entered; 0 for paths of the command line. */
  protected depth = 0;
  #errorCount = 0;
  readonly name: string;
  protected readonly shell: Shell;

  constructor(name: string, shell: Shell) {
    this.name = name;
    this.shell = shell;
  }

  /** The command that replaces this one, if it is deprecated. */
  protected get replacement(): string | undefined {
    return undefined;
  }

  protected get terminal(): Terminal {
    return this.shell.terminal;
  }

  /** Runs the command. @returns exit status @throws UsageError */
  async run(args: readonly string[]): Promise<number> {
    if (this.replacement) this.displayWarning(`DEPRECATED: Please use '${this.replacement}' instead.`);
    try {
      await this.processRawArguments(await this.processOptions([...args]));
    } catch (e) {
      this.displayError(e);
    }
    return this.#errorCount === 0 ? this.exitCode : 1;
  }

  /** Takes the options and returns the path arguments. @throws UsageError */
  protected abstract processOptions(args: string[]): string[] | Promise<string[]>;

  protected async processRawArguments(args: readonly string[]): Promise<void> {
    const items: PathData[] = [];
    for (const arg of args) await this.#attempt(async () => void items.push(...(await this.expandArgument(arg))));
    await this.processArguments(items);
  }

  protected async expandArgument(arg: string): Promise<PathData[]> {
    const items = await expandGlob(arg, this.shell.fileSystems);
    if (items.length === 0) throw new PathError('notFound', arg);
    return items;
  }

  protected async processArguments(items: readonly PathData[]): Promise<void> {
    for (const item of items) await this.#attempt(() => this.processArgument(item));
  }

  protected async processArgument(item: PathData): Promise<void> {
    if (!item.exists) return this.processNonexistentPath(item);
    this.depth = 0;
    await this.processPathArgument(item);
  }

  protected async processPathArgument(item: PathData): Promise<void> {
    await this.processPaths(undefined, [item]);
  }

  protected async processNonexistentPath(item: PathData): Promise<void> {
    throw new PathError('notFound', item.text);
  }

  protected async processPaths(_parent: PathData | undefined, items: readonly PathData[]): Promise<void> {
    for (const item of items) {
      await this.#attempt(async () => {
        await this.processPath(item);
        if (this.recursive && item.isDirectory) await this.recursePath(item);
        await this.postProcessPath(item);
      });
    }
  }

  protected processPath(item: PathData): void | Promise<void> {
    throw new Error(`${this.name} does not process ${item.text}`);
  }

  /** Called when a path and, for a directory, all of its entries are processed. */
  protected postProcessPath(_item: PathData): void | Promise<void> {
    // Most commands have nothing left to do.
  }

  /** Whether processPaths() is given all entries of a directory at once, sorted. */
  protected get isSorted(): boolean {
    return false;
  }

  /** Number of unsorted entries that processPaths() is given at once. */
  protected get listingGroupSize(): number {
    return 1;
  }

  protected async recursePath(item: PathData): Promise<void> {
    this.depth++;
    try {
      if (this.isSorted) await this.processPaths(item, await item.sortedEntries());
      else await this.#processUnsorted(item);
    } finally {
      this.depth--;
    }
  }

  async #processUnsorted(directory: PathData): Promise<void> {
    let group: PathData[] = [];
    for await (const item of directory.entries()) {
      group.push(item);
      if (group.length < this.listingGroupSize) continue;
      await this.processPaths(directory, group);
      group = [];
    }
    if (group.length > 0) await this.processPaths(directory, group);
  }

  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (e) {
      this.displayError(e);
    }
  }

  /** Prints the first line of a failure and makes the exit status 1. @throws UsageError for a wrong command line */
  protected displayError(thrown: unknown): void {
    if (thrown instanceof UsageError) throw thrown;
    // As in Hadoop, a name that no file can have is a mistake of the command line.
    if (isHadoopError(thrown, 'IllegalArgumentException')) throw new UsageError(thrown.message);
    this.#errorCount++;
    this.displayWarning(HadoopError.from(thrown).message.split('\n', 1)[0] ?? '');
  }

  protected displayWarning(message: string): void {
    this.terminal.err(`${this.name}: ${message}`);
  }
}

export type FsCommandClass = new (name: string, shell: Shell) => FsCommand;
