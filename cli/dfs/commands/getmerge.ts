/** The shell command -getmerge. */
import { parseOptions } from '../../options/parse-options.ts';
import { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { FsCommand } from '../shell/command.ts';

/** Joins the files of directories, in order, to one local file. Writes nothing if a source is missing. */
export class Getmerge extends FsCommand {
  #delimiter = '';
  #skipsEmptyFiles = false;
  #destination: PathData | undefined;
  readonly #sources: PathData[] = [];

  protected override async processOptions(args: string[]): Promise<string[]> {
    const options = parseOptions(args, { min: 2, options: ['nl', 'skip-empty-file'] });
    this.#delimiter = options.has('nl') ? '\n' : '';
    this.#skipsEmptyFiles = options.has('skip-empty-file');
    const destination = await PathData.local(options.parameters.at(-1) ?? '', this.shell.fileSystems);
    if (destination.isDirectory) throw new PathError('isDirectory', destination.text);
    this.#destination = destination;
    return options.parameters.slice(0, -1);
  }

  /** Collects all sources first, and then merges them. */
  protected override async processArguments(items: readonly PathData[]): Promise<void> {
    await super.processArguments(items);
    if (this.exitCode === 0) await this.#merge();
  }

  protected override async processNonexistentPath(item: PathData): Promise<void> {
    this.exitCode = 1;
    await super.processNonexistentPath(item);
  }

  /** Collects a file, or the files of a directory but not those of its subdirectories. */
  protected override async processPath(item: PathData): Promise<void> {
    if (!item.isDirectory) this.#sources.push(item);
    else if (this.depth === 0) await this.recursePath(item);
  }

  protected override get isSorted(): boolean {
    return true;
  }

  async #merge(): Promise<void> {
    const destination = this.#destination;
    if (!destination) return;
    const output = await destination.fs.create(destination.path);
    try {
      for (const source of this.#sources) {
        const input = await source.fs.open(source.path);
        try {
          for await (const chunk of input.stream()) await output.write(chunk);
        } finally {
          await input.close();
        }
        const isSkipped = source.required.length === 0 && this.#skipsEmptyFiles;
        if (this.#delimiter && !isSkipped) await output.write(Buffer.from(this.#delimiter));
      }
    } finally {
      await output.close();
    }
  }
}
