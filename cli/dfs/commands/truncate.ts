/** The shell command -truncate. */
import { hadoopError } from '../../../runtime/errors.ts';
import type { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { NumberCommand } from '../shell/number-command.ts';

const WAIT_MS = 1000;

/** Shortens files. With -w it waits until the last block of each file is shortened too. */
export class Truncate extends NumberCommand {
  protected override readonly rule = {
    options: ['w'],
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    illegal: 'Illegal length, a non-negative integer expected',
    tooSmall: 'length must be >= 0',
  };

  protected override async processPath(item: PathData): Promise<void> {
    if (item.isDirectory) throw new PathError('isDirectory', item.text);
    const { length } = item.required;
    const bytes = this.number;
    if (bytes > length) {
      const sizes = `Current size: ${length}, truncate size: ${bytes}.`;
      throw hadoopError('IllegalArgumentException', `Cannot truncate to a larger file size. ${sizes}`);
    }
    if (await item.fs.truncate(item.path, bytes)) this.#tellTruncated(item);
    else if (!this.waitLater(item)) {
      const advice = 'Wait for block recovery to complete before further updating this file.';
      this.terminal.out(`Truncating ${item.text} to length: ${bytes}. ${advice}`);
    }
  }

  #tellTruncated(item: PathData): void {
    this.terminal.out(`Truncated ${item.text} to length: ${this.number}`);
  }

  protected override async waitFor(item: PathData): Promise<void> {
    this.terminal.out(`Waiting for ${item.text} ...`);
    this.terminal.flush();
    while ((await item.refresh()).length !== this.number) await this.shell.sleep(WAIT_MS);
    this.#tellTruncated(item);
    this.terminal.flush();
  }
}
