/** The shell command -stat. */
import { baseName } from '../../../protocol/path.ts';
import { octalPermission, permissionString, utcSecond } from '../../../runtime/format.ts';
import { parseOptions } from '../../options/parse-options.ts';
import type { PathData } from '../paths/path-data.ts';
import { FsCommand } from '../shell/command.ts';

const TYPES = { FILE: 'regular file', DIRECTORY: 'directory', SYMLINK: 'symlink' };

/** The fields by the letters of a format. */
const FIELDS: Record<string, (item: PathData) => string | number> = {
  a: (item) => octalPermission(item.required.permission),
  A: (item) => permissionString(item.required.permission),
  b: (item) => item.required.length,
  F: (item) => TYPES[item.required.type],
  g: (item) => item.required.group,
  n: (item) => baseName(item.path),
  o: (item) => item.required.blockSizeBytes,
  r: (item) => item.required.replication,
  u: (item) => item.required.owner,
  x: (item) => utcSecond(item.required.accessTimeMs),
  X: (item) => item.required.accessTimeMs,
  y: (item) => utcSecond(item.required.modificationTimeMs),
  Y: (item) => item.required.modificationTimeMs,
};

/** `-stat [FORMAT]` prints a line of chosen fields for each path. */
export class Stat extends FsCommand {
  #format = '%y';

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 1, options: ['R'] });
    this.recursive = options.has('R');
    const paths = options.parameters;
    if (paths[0]?.includes('%')) this.#format = paths.shift() ?? '';
    // A format without a path is a usage error.
    return parseOptions(paths, { min: 1, options: ['R'] }).parameters;
  }

  protected override processPath(item: PathData): void {
    // As in Hadoop, an unknown letter is printed as it is, and a `%` at the end is dropped.
    this.terminal.out(this.#format.replace(/%(.?)/gs, (_, letter: string) => String(FIELDS[letter]?.(item) ?? letter)));
  }
}
