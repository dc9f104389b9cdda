/** The shell commands -df, -du and -dus. */
import { formatSize, percent, table } from '../../../runtime/format.ts';
import { parseOptions } from '../../options/parse-options.ts';
import type { PathData } from '../paths/path-data.ts';
import { FsCommand } from '../shell/command.ts';

/** A command that prints one table when all paths are processed. */
abstract class TableCommand extends FsCommand {
  protected human = false;
  protected header: readonly string[] | undefined;
  protected readonly rightAligned: readonly number[] = [];
  readonly #rows: string[][] = [];

  protected addRow(...cells: string[]): void {
    this.#rows.push(cells);
  }

  protected override async processArguments(items: readonly PathData[]): Promise<void> {
    await super.processArguments(items);
    if (this.#rows.length === 0) return;
    const rows = this.header ? [this.header, ...this.#rows] : this.#rows;
    for (const line of table(rows, this.rightAligned)) this.terminal.out(line);
  }
}

/** -df: prints the capacity of file systems. */
export class Df extends TableCommand {
  protected override header = ['Filesystem', 'Size', 'Used', 'Available', 'Use%'];
  protected override readonly rightAligned = [1, 2, 3, 4];

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 0, options: ['h'] });
    this.human = options.has('h');
    return options.parameters.length > 0 ? options.parameters : ['/'];
  }

  protected override async processPath(item: PathData): Promise<void> {
    const { capacityBytes, usedBytes, remainingBytes } = await item.fs.getStatus();
    const sizes = [capacityBytes, usedBytes, remainingBytes].map((bytes) => formatSize(bytes, this.human));
    this.addRow(item.fs.uri, ...sizes, percent(usedBytes / capacityBytes, 0));
  }
}

/** -du: prints the bytes in files and the bytes on disks, for each entry of a directory or, with -s, for the whole. */
export class Du extends TableCommand {
  #summary = false;
  #excludesSnapshots = false;

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 0, options: ['h', 's', 'v', 'x'] });
    this.human = options.has('h');
    this.#summary = options.has('s');
    this.#excludesSnapshots = options.has('x');
    if (options.has('v')) this.header = ['SIZE', 'DISK_SPACE_CONSUMED_WITH_ALL_REPLICAS', 'FULL_PATH_NAME'];
    return options.parameters.length > 0 ? options.parameters : ['.'];
  }

  protected override async processPathArgument(item: PathData): Promise<void> {
    if (!this.#summary && item.isDirectory) await this.recursePath(item);
    else await super.processPathArgument(item);
  }

  protected override async processPath(item: PathData): Promise<void> {
    const summary = await item.fs.getContentSummary(item.path);
    const length = summary.length - (this.#excludesSnapshots ? summary.snapshotLength : 0);
    const consumed = summary.spaceConsumed - (this.#excludesSnapshots ? summary.snapshotSpaceConsumed : 0);
    this.addRow(formatSize(length, this.human), formatSize(consumed, this.human), item.text);
  }
}

/** -dus: the deprecated form of -du -s. */
export class Dus extends Du {
  protected override get replacement(): string {
    return 'du -s';
  }

  protected override processOptions(args: string[]): string[] {
    return super.processOptions(['-s', ...args]);
  }
}
