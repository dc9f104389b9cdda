/** The shell command -appendToFile. */
import type { FileOutput } from '../../../client/filesystem/file-system.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import { parseOptions } from '../../options/parse-options.ts';
import { PathData } from '../paths/path-data.ts';
import { DestinationCommand } from '../shell/destination-command.ts';

/** Appends local files, or standard input for `-`, to a file. Creates the file if it does not exist. */
export class AppendToFile extends DestinationCommand {
  #newBlock = false;
  #readsStdin = false;

  protected override async processOptions(args: string[]): Promise<string[]> {
    if (args.length < 2) throw hadoopError('IOException', 'missing destination argument');
    const options = parseOptions(args, { min: 2, options: ['n'] });
    this.#newBlock = options.has('n');
    return this.takeRemoteDestination(options.parameters);
  }

  /** Takes a local path as it is: the user's own shell has expanded globs. */
  protected override async expandArgument(arg: string): Promise<PathData[]> {
    if (arg !== '-') return [await PathData.local(arg, this.shell.fileSystems)];
    this.#readsStdin = true;
    return [];
  }

  protected override async processArguments(items: readonly PathData[]): Promise<void> {
    const { fs, path, exists } = this.destination;
    if (!exists) await (await fs.create(path, { overwrite: false })).close();
    const output = await fs.append(path, { newBlock: this.#newBlock });
    // As in Hadoop, bytes that were written before a failure stay: an append can't be taken back.
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
