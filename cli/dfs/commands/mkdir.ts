/** The shell command -mkdir. */
import { parentPath } from '../../../protocol/path.ts';
import { parseOptions } from '../../options/parse-options.ts';
import { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { FsCommand } from '../shell/command.ts';

/** Makes directories. With -p it makes parents too, and an existing directory is no error. */
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

/** Checks that the parent exists. @throws PathError that names the parent, because the user has to make it first */
async function requireParent(item: PathData): Promise<void> {
  if (item.path === '/') throw new PathError('notFound', `Item: ${item.qualified} parent's path is null.`);
  const directory = await PathData.lookUp(item.fs, parentPath(item.path));
  if (!directory.exists) throw new PathError('notFound', directory.qualified);
}
