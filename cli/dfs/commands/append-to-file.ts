import type { FileOutput } from '../../../client/filesystem/file-system.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import { parseOptions } from '../../options/parse-options.ts';
import { PathData } from '../paths/path-data.ts';
import { DestinationCommand } from '../shell/destination-command.ts';

/** -appendToFile: local files, or `-` for standard input, to the end of a file, which is made if there is none. */
export class AppendToFile extends DestinationCommand {
  #newBlock = false;
  #readsStdin = false;

  protected override async processOptions(args: string[]): Promise<string[]> {
    if (args.length < 2) throw hadoopError('IOException', 'missing destination argument');
    const options = parseOptions(args, { min: 2, options: ['n'] });
    this.#newBlock = options.has('n');
    return this.takeRemoteDestination(options.parameters);
  }

  /** The local shell has expanded globs already. */
  protected override async expandArgument(arg: string): Promise<PathData[]> {
    if (arg !== '-') return [await PathData.local(arg, this.shell.fileSystems)];
    this.#readsStdin = true;
    return [];
  }

  protected override async processArguments(items: readonly PathData[]): Promise<void> {
    const { fs, path, exists } = this.destination;
    if (!exists) await (await fs.create(path, { overwrite: false })).close();
    const output = await fs.append(path, { newBlock: this.#newBlock });
    // What was written before a failure stays, as in Hadoop: an append can't be taken back.
    try {
      if (this.#readsStdin && items.length > 0) {
        throw hadoopError('IOException', 'stdin (-) must be the sole input argument when present');
      }
      if (this.#readsStdin) await writeAll(output, this.shell.stdin());
      for (const item of items) await appendFile(output, item);
    } finally {
      await output.close();
    }
  }
}

async function appendFile(output: FileOutput, item: PathData): Promise<void> {
  const input = await item.fs.open(item.path);
  try {
    await writeAll(output, input.stream());
  } finally {
    await input.close();
  }
}

async function writeAll(output: FileOutput, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) await output.write(chunk);
}
