/** The shell command -cp. */
import { parseOptions } from '../../options/parse-options.ts';
import { CopyCommand } from '../shell/copy-command.ts';

/** Copies within and between file systems. */
export class Cp extends CopyCommand {
  protected override async processOptions(args: string[]): Promise<string[]> {
    const rest = this.#takePreserve(args);
    const options = parseOptions(rest, { min: 2, options: ['f', 'd'], valued: ['t', 'q'] });
    this.direct = options.has('d');
    this.overwrite = options.has('f');
    this.takeThreads(options);
    return this.takeRemoteDestination(options.parameters);
  }

  /** Takes the first `-p…` out of the arguments before a `--`. */
  #takePreserve(args: readonly string[]): string[] {
    const end = args.indexOf('--');
    const at = args.findIndex((arg, i) => arg.startsWith('-p') && (end < 0 || i < end));
    if (at < 0) return [...args];
    const letters = args[at]?.slice(2);
    this.preserve(letters || undefined);
    return args.toSpliced(at, 1);
  }
}
