/** The shell command -mv. */
import { parseOptions } from '../../options/parse-options.ts';
import type { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { DestinationCommand } from '../shell/destination-command.ts';

/** Renames within one file system. */
export class Mv extends DestinationCommand {
  protected override processOptions(args: string[]): Promise<string[]> {
    return this.takeRemoteDestination(parseOptions(args, { min: 2 }).parameters);
  }

  protected override async processPathTo(source: PathData, target: PathData): Promise<void> {
    if (source.fs !== target.fs) throw new PathError('io', source.text, { error: 'Does not match target filesystem' });
    if (target.exists) throw new PathError('exists', target.text);
    if (!(await target.fs.rename(source.path, target.path))) throw new PathError('io', source.text);
  }
}
