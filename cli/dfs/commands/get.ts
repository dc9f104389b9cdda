/** The shell commands -get, -copyToLocal and -moveToLocal. */
import { hadoopError } from '../../../runtime/errors.ts';
import { parseOptions } from '../../options/parse-options.ts';
import type { PathData } from '../paths/path-data.ts';
import { FsCommand } from '../shell/command.ts';
import { CopyCommand } from '../shell/copy-command.ts';

/** -get and -copyToLocal: copies files to the local file system. */
export class Get extends CopyCommand {
  #writesCrc = false;
  #verifies = true;

  protected override async processOptions(args: string[]): Promise<string[]> {
    const options = parseOptions(args, { min: 1, options: ['crc', 'ignoreCrc', 'p', 'f'], valued: ['t', 'q'] });
    this.#writesCrc = options.has('crc');
    this.#verifies = !options.has('ignoreCrc');
    if (options.has('p')) this.preserve();
    this.overwrite = options.has('f');
    this.takeThreads(options);
    return this.takeLocalDestination(options.parameters);
  }

  protected override async copyFile(source: PathData, target: PathData): Promise<void> {
    await super.copyFile(source, target);
    if (!this.#writesCrc) return;
    const { writeCrcFile } = await import('../shell/crc-file.ts');
    await writeCrcFile(target);
  }

  protected override get verifiesChecksum(): boolean {
    return this.#verifies;
  }
}

/** -moveToLocal: fails in the words of Hadoop, which does not implement it either. */
export class MoveToLocal extends FsCommand {
  protected override processOptions(): string[] {
    throw hadoopError('IOException', "Option '-moveToLocal' is not implemented yet.");
  }
}
