/** The shell commands -put, -copyFromLocal and -moveFromLocal. */
import { type ParsedOptions, parseOptions } from '../../options/parse-options.ts';
import { UsageError } from '../../options/usage-error.ts';
import { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { CopyCommand } from '../shell/copy-command.ts';

/** -put and -copyFromLocal: copies local files, or standard input for `-`, into a file system. */
export class Put extends CopyCommand {
  protected override async processOptions(args: string[]): Promise<string[]> {
    const options = parseOptions(args, { min: 1, options: ['f', 'p', 'l', 'd'], valued: ['t', 'q'] });
    this.takeThreads(options);
    this.#takeFlags(options);
    return this.takeRemoteDestination(options.parameters);
  }

  #takeFlags(options: ParsedOptions): void {
    this.overwrite = options.has('f');
    if (options.has('p')) this.preserve();
    this.lazyPersist = options.has('l');
    this.direct = options.has('d');
  }

  /** Takes a local path as it is: the user's own shell has expanded globs. */
  protected override async expandArgument(arg: string): Promise<PathData[]> {
    return [await PathData.local(arg, this.shell.fileSystems)];
  }

  protected override async processArguments(items: readonly PathData[]): Promise<void> {
    const [only] = items;
    if (items.length === 1 && only?.text === '-') await this.copyStream(this.shell.stdin(), await this.targetOf(only));
    else await super.processArguments(items);
  }
}

/** -moveFromLocal: copies as -put does, and removes the sources. */
export class MoveFromLocal extends Put {
  protected override processOptions(args: string[]): Promise<string[]> {
    if (args.includes('-t')) throw new UsageError('Illegal option -t');
    return super.processOptions(args);
  }

  protected override async processPathTo(source: PathData, target: PathData): Promise<void> {
    // Unlike a copy, a move does not merge into an existing directory.
    if (target.isDirectory) throw new PathError('exists', target.text);
    await super.processPathTo(source, target);
  }

  protected override async postProcessPath(source: PathData): Promise<void> {
    if (!(await source.fs.delete(source.path, false))) throw new PathError('io', source.text, { operation: 'remove' });
  }
}
