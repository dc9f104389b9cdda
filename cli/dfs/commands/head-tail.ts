/** The shell commands -head and -tail. */
import { parseJavaInt } from '../../options/numbers.ts';
import { parseOptions } from '../../options/parse-options.ts';
import { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { FsCommand } from '../shell/command.ts';

const SHOWN_BYTES = 1024;
const FOLLOW_DELAY_MS = 5000;

/** Prints a part of a file. As in Hadoop, it takes one path and expands no globs. */
abstract class Part extends FsCommand {
  protected override async expandArgument(arg: string): Promise<PathData[]> {
    return [await PathData.of(arg, this.shell.fileSystems)];
  }

  protected override async processPath(item: PathData): Promise<void> {
    if (item.isDirectory) throw new PathError('isDirectory', item.text);
    await this.show(item);
  }

  protected abstract show(item: PathData): Promise<void>;

  protected async print(item: PathData, start: number, end: number): Promise<void> {
    const input = await item.fs.open(item.path);
    try {
      for await (const chunk of input.stream({ start, end })) await this.terminal.write(chunk);
    } finally {
      await input.close();
    }
  }
}

/** -head: prints the first KiB. */
export class Head extends Part {
  protected override processOptions(args: string[]): string[] {
    return parseOptions(args, { min: 1, max: 1 }).parameters;
  }

  protected override async show(item: PathData): Promise<void> {
    await this.print(item, 0, Math.min(SHOWN_BYTES, item.required.length));
  }
}

/** -tail: prints the last KiB. With -f it prints added bytes too, until a signal ends it. */
export class Tail extends Part {
  #follows = false;
  #delayMs = FOLLOW_DELAY_MS;

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 1, max: 1, options: ['f'], valued: ['s'] });
    this.#follows = options.has('f');
    const delay = this.#follows ? options.value('s') : undefined;
    if (delay) this.#delayMs = parseJavaInt(delay) > 0 ? parseJavaInt(delay) : FOLLOW_DELAY_MS;
    return options.parameters;
  }

  protected override async show(item: PathData): Promise<void> {
    const length = (await item.refresh()).length;
    let position = await this.#printFrom(item, Math.max(0, length - SHOWN_BYTES));
    while (this.#follows) {
      this.terminal.flush();
      await this.shell.sleep(this.#delayMs);
      await item.refresh();
      position = await this.#printFrom(item, position);
    }
  }

  /**
   * Prints all bytes from a position on, also those of a block that is being written, which the NameNode does not know.
   * @returns the end of the file
   */
  async #printFrom(item: PathData, position: number): Promise<number> {
    const input = await item.fs.open(item.path);
    try {
      const { length } = input;
      for await (const chunk of input.stream({ start: position, end: length })) await this.terminal.write(chunk);
      return length;
    } finally {
      await input.close();
    }
  }
}
