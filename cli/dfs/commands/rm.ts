/** The shell commands -rm, -rmr and -rmdir. */
import { parseOptions } from '../../options/parse-options.ts';
import type { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { FsCommand } from '../shell/command.ts';

/** -rm: moves paths to the trash, or deletes them if there is no trash. */
export class Rm extends FsCommand {
  #ignoresMissing = false;
  #deletesDirectories = false;
  #skipsTrash = false;
  #asks = false;

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 1, options: ['f', 'r', 'R', 'skipTrash', 'safely'] });
    this.#ignoresMissing = options.has('f');
    this.#deletesDirectories = options.has('r') || options.has('R');
    this.#skipsTrash = options.has('skipTrash');
    this.#asks = options.has('safely');
    return options.parameters;
  }

  protected override async expandArgument(arg: string): Promise<PathData[]> {
    try {
      return await super.expandArgument(arg);
    } catch (e) {
      if (this.#ignoresMissing && e instanceof PathError && e.kind === 'notFound') return [];
      throw e;
    }
  }

  protected override async processNonexistentPath(item: PathData): Promise<void> {
    if (!this.#ignoresMissing) await super.processNonexistentPath(item);
  }

  protected override async processPath(item: PathData): Promise<void> {
    if (item.isDirectory && !this.#deletesDirectories) throw new PathError('isDirectory', item.text);
    if (await this.#movedToTrash(item)) return;
    if (this.#asks && !(await this.#isConfirmed(item))) return;
    if (!(await item.fs.delete(item.path, this.#deletesDirectories))) throw new PathError('io', item.text);
    this.terminal.out(`Deleted ${item.text}`);
  }

  async #movedToTrash(item: PathData): Promise<boolean> {
    if (this.#skipsTrash) return false;
    const { trashIntervalMinutes, moveToTrash } = await import('../shell/trash.ts');
    if ((await trashIntervalMinutes(item.fs, this.shell.conf)) <= 0) return false;
    const trashPath = await moveToTrash(item, this.shell.clock);
    if (trashPath === undefined) return false;
    this.terminal.err(`Moved: '${item.qualified}' to trash at: ${item.fs.uri}${trashPath}`);
    return true;
  }

  /** With -safely, asks before it deletes more files than hadoop.shell.safely.delete.limit.num.files. */
  async #isConfirmed(item: PathData): Promise<boolean> {
    const limit = this.shell.conf.get('hadoop.shell.safely.delete.limit.num.files');
    if (limit <= 0) return true;
    const { fileCount } = await item.fs.getContentSummary(item.path);
    if (fileCount <= limit) return true;
    const { confirm } = await import('../../terminal/confirm.ts');
    const confirmed = await confirm(`Proceed deleting ${fileCount} files?`, this.terminal, this.shell.stdin());
    if (!confirmed) this.terminal.err('Delete aborted at user request.\n');
    return confirmed;
  }
}

/** -rmr: the deprecated form of -rm -r. */
export class Rmr extends Rm {
  protected override get replacement(): string {
    return '-rm -r';
  }

  protected override processOptions(args: string[]): string[] {
    return super.processOptions(['-r', ...args]);
  }
}

/** -rmdir: deletes empty directories. */
export class Rmdir extends FsCommand {
  #ignoresNonEmpty = false;

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 1, options: ['-ignore-fail-on-non-empty'] });
    this.#ignoresNonEmpty = options.has('-ignore-fail-on-non-empty');
    return options.parameters;
  }

  protected override async processPath(item: PathData): Promise<void> {
    if (!item.isDirectory) throw new PathError('isNotDirectory', item.text);
    for await (const _ of item.entries()) {
      if (this.#ignoresNonEmpty) return;
      throw new PathError('notEmpty', item.text);
    }
    if (!(await item.fs.delete(item.path, false))) throw new PathError('io', item.text);
  }
}
