import { hadoopError } from '../../../runtime/errors.ts';
import { parseJavaInt } from '../../options/numbers.ts';
import { parseOptions } from '../../options/parse-options.ts';
import { UsageError } from '../../options/usage-error.ts';
import type { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { FsCommand } from '../shell/command.ts';

const WAIT_MS = 1000;

/** -truncate: cuts files off; with -w waits until the last block of each is cut too. */
export class Truncate extends FsCommand {
  #newLengthBytes = 0;
  #waits = false;
  readonly #waitList: PathData[] = [];

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 2, options: ['w'] });
    this.#waits = options.has('w');
    const [text = '', ...paths] = options.parameters;
    try {
      this.#newLengthBytes = parseJavaInt(text, Number.MAX_SAFE_INTEGER);
    } catch (e) {
      this.displayWarning('Illegal length, a non-negative integer expected');
      throw e;
    }
    if (this.#newLengthBytes < 0) throw new UsageError('length must be >= 0');
    return paths;
  }

  protected override async processArguments(items: readonly PathData[]): Promise<void> {
    await super.processArguments(items);
    for (const item of this.#waitList) await this.#waitFor(item);
  }

  protected override async processPath(item: PathData): Promise<void> {
    if (item.isDirectory) throw new PathError('isDirectory', item.text);
    const { length } = item.required;
    const bytes = this.#newLengthBytes;
    if (bytes > length) {
      const sizes = `Current size: ${length}, truncate size: ${bytes}.`;
      throw hadoopError('IllegalArgumentException', `Cannot truncate to a larger file size. ${sizes}`);
    }
    if (await item.fs.truncate(item.path, bytes)) this.#tellTruncated(item);
    else if (this.#waits) this.#waitList.push(item);
    else {
      const advice = 'Wait for block recovery to complete before further updating this file.';
      this.terminal.out(`Truncating ${item.text} to length: ${bytes}. ${advice}`);
    }
  }

  #tellTruncated(item: PathData): void {
    this.terminal.out(`Truncated ${item.text} to length: ${this.#newLengthBytes}`);
  }

  async #waitFor(item: PathData): Promise<void> {
    this.terminal.out(`Waiting for ${item.text} ...`);
    this.terminal.flush();
    while ((await item.refresh()).length !== this.#newLengthBytes) await this.shell.sleep(WAIT_MS);
    this.#tellTruncated(item);
    this.terminal.flush();
  }
}
