/** The shell command -checksum. */
import { hex } from '../../../runtime/format.ts';
import { parseOptions } from '../../options/parse-options.ts';
import type { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { FsCommand } from '../shell/command.ts';

/** Prints the path of each file, and the algorithm and the bytes of its checksum. */
export class Checksum extends FsCommand {
  #showsBlockSize = false;

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 1, options: ['v'] });
    this.#showsBlockSize = options.has('v');
    return options.parameters;
  }

  protected override async processPath(item: PathData): Promise<void> {
    if (item.isDirectory) throw new PathError('isDirectory', item.text);
    const checksum = await item.fs.getFileChecksum(item.path);
    const text = checksum ? `${checksum.algorithm}\t${hex(checksum.bytes)}` : 'NONE';
    const blockSize = this.#showsBlockSize ? `\tBlockSize=${item.required.blockSizeBytes}` : '';
    this.terminal.out(`${item.text}\t${text}${blockSize}`);
  }
}
