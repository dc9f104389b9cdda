/** The shell commands -ls and -lsr. */
import type { FileStatus } from '../../../client/filesystem/file-system.ts';
import { comparePaths } from '../../../client/filesystem/path-text.ts';
import { formatSize, localMinute, permissionString, printable } from '../../../runtime/format.ts';
import { parseOptions } from '../../options/parse-options.ts';
import type { PathData } from '../paths/path-data.ts';
import { FsCommand } from '../shell/command.ts';

/** -ls: prints one line for each entry of a directory. */
export class Ls extends FsCommand {
  #pathOnly = false;
  #entersDirectories = true;
  #human = false;
  #hidesNonPrintable = false;
  #order: 'name' | 'time' | 'size' = 'name';
  #reverse = false;
  #usesAccessTime = false;
  #showsEcPolicy = false;
  // Widths never shrink: the columns of one command stay aligned.
  #widths = { replication: 3, owner: 0, group: 0, length: 10, ecPolicy: 0 };

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 0, options: ['C', 'd', 'h', 'q', 'R', 'r', 't', 'S', 'u', 'e'] });
    this.#pathOnly = options.has('C');
    this.#entersDirectories = !options.has('d');
    this.recursive = options.has('R') && this.#entersDirectories;
    this.#human = options.has('h');
    this.#hidesNonPrintable = options.has('q');
    this.#order = options.has('t') ? 'time' : options.has('S') ? 'size' : 'name';
    this.#reverse = options.has('r');
    this.#usesAccessTime = options.has('u');
    this.#showsEcPolicy = options.has('e');
    return options.parameters.length > 0 ? options.parameters : ['.'];
  }

  protected override async processPathArgument(item: PathData): Promise<void> {
    if (this.#entersDirectories && item.isDirectory) await this.recursePath(item);
    else await super.processPathArgument(item);
  }

  protected override get isSorted(): boolean {
    return !this.recursive || this.#order !== 'name' || this.#reverse;
  }

  protected override get listingGroupSize(): number {
    return this.#pathOnly ? 1 : 100;
  }

  protected override async processPaths(parent: PathData | undefined, items: readonly PathData[]): Promise<void> {
    let sorted = items;
    if (parent && !this.recursive && items.length > 0) {
      if (!this.#pathOnly) this.terminal.out(`Found ${items.length} items`);
      sorted = [...items].sort((a, b) => this.#compare(a, b));
    }
    if (!this.#pathOnly) await this.#widen(sorted);
    await super.processPaths(parent, sorted);
  }

  protected override async processPath(item: PathData): Promise<void> {
    if (this.#pathOnly) {
      this.terminal.out(item.text);
      return;
    }
    const status = item.required;
    const widths = this.#widths;
    const replication = status.type === 'FILE' ? String(status.replication) : '-';
    const columns = [
      `${status.type === 'DIRECTORY' ? 'd' : '-'}${permissionString(status.permission)}${status.hasAcl ? '+' : ' '}` +
        replication.padStart(widths.replication),
      ...column(status.owner, widths.owner),
      ...column(status.group, widths.group),
      ...(this.#showsEcPolicy ? column(await ecPolicy(item), widths.ecPolicy) : []),
      formatSize(status.length, this.#human).padStart(widths.length),
      localMinute(this.#time(status)),
      this.#hidesNonPrintable ? printable(item.text) : item.text,
    ];
    this.terminal.out(columns.join(' '));
  }

  async #widen(items: readonly PathData[]): Promise<void> {
    const widths = this.#widths;
    let ecPolicyWidth = 0;
    for (const item of items) {
      const status = item.required;
      widths.replication = Math.max(widths.replication, String(status.replication).length);
      widths.owner = Math.max(widths.owner, status.owner.length);
      widths.group = Math.max(widths.group, status.group.length);
      widths.length = Math.max(widths.length, String(status.length).length);
      if (this.#showsEcPolicy) ecPolicyWidth = Math.max(ecPolicyWidth, (await ecPolicy(item)).length);
    }
    widths.ecPolicy = ecPolicyWidth;
  }

  #time(status: FileStatus): number {
    return this.#usesAccessTime ? status.accessTimeMs : status.modificationTimeMs;
  }

  /** Compares by name, or puts the newest or the largest first. */
  #compare(a: PathData, b: PathData): number {
    const sign = this.#reverse ? -1 : 1;
    if (this.#order === 'time') return sign * (this.#time(b.required) - this.#time(a.required));
    if (this.#order === 'size') return sign * (b.required.length - a.required.length);
    return sign * comparePaths(a.path, b.path);
  }
}

/** Returns a cell padded to its column, or nothing for a column whose cells are all empty. */
function column(text: string, width: number): string[] {
  return width > 0 ? [text.padEnd(width)] : [];
}

async function ecPolicy(item: PathData): Promise<string> {
  return (await item.fs.getContentSummary(item.path)).erasureCodingPolicy;
}

/** -lsr: the deprecated form of -ls -R. */
export class Lsr extends Ls {
  protected override get replacement(): string {
    return 'ls -R';
  }

  protected override processOptions(args: string[]): string[] {
    return super.processOptions(['-R', ...args]);
  }
}
