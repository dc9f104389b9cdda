import { parseOptions } from '../../options/parse-options.ts';
import { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { parentPath } from '../paths/path-text.ts';
import { FsCommand } from '../shell/command.ts';

/** -mkdir: with -p parents too, and existing directories are no error. */
export class Mkdir extends FsCommand {
  #createsParents = false;

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 1, options: ['p'] });
    this.#createsParents = options.has('p');
    return options.parameters;
  }

  protected override processPath(item: PathData): void {
    if (!item.isDirectory) throw new PathError('isNotDirectory', item.text);
    if (!this.#createsParents) throw new PathError('exists', item.text);
  }

  protected override async processNonexistentPath(item: PathData): Promise<void> {
    if (!this.#createsParents) await requireParent(item);
    await item.fs.mkdirs(item.path);
  }
}

/** Names the missing parent, not the path: it is what has to be made first. */
async function requireParent(item: PathData): Promise<void> {
  const parent = parentPath(item.path);
  if (parent === undefined) throw new PathError('notFound', `Item: ${item.qualified} parent's path is null.`);
  const directory = await PathData.lookUp(item.fs, parent);
  if (!directory.exists) throw new PathError('notFound', directory.qualified);
}
