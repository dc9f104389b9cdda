/** The shell commands -cat and -text. */
import type { FileInput } from '../../../client/filesystem/file-system.ts';
import { parseOptions } from '../../options/parse-options.ts';
import type { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { FsCommand } from '../shell/command.ts';

/** -cat: writes files to standard output. */
export class Cat extends FsCommand {
  #verifies = true;

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 1, options: ['ignoreCrc'] });
    this.#verifies = !options.has('ignoreCrc');
    return options.parameters;
  }

  protected override async processPath(item: PathData): Promise<void> {
    if (item.isDirectory) throw new PathError('isDirectory', item.text);
    const input = await item.fs.open(item.path, { verifyChecksum: this.#verifies });
    try {
      for await (const chunk of await this.content(input, item)) await this.terminal.write(chunk);
    } finally {
      await input.close();
    }
  }

  protected content(input: FileInput, _item: PathData): Promise<AsyncIterable<Uint8Array>> {
    return Promise.resolve(input.stream());
  }
}

/** -text: writes files to standard output, compressed files as the text in them. */
export class Text extends Cat {
  protected override async content(input: FileInput, item: PathData): Promise<AsyncIterable<Uint8Array>> {
    const { textOf } = await import('../shell/text-formats.ts');
    return textOf(input, item.path);
  }
}
