/** The shell command -concat. */
import { hadoopError, isHadoopError } from '../../../runtime/errors.ts';
import { isLocal } from '../paths/file-systems.ts';
import type { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { FsCommand } from '../shell/command.ts';

/** Hadoop ends two of its messages with the command line. */
const USAGE = '<target path> <src path> <src path> ...';

/** Moves the blocks of files to the end of another file; the source files are gone then. */
export class Concat extends FsCommand {
  /** There are no options: a word with a dash is a path. */
  protected override processOptions(args: string[]): string[] {
    return args;
  }

  protected override async processArguments([target, ...sources]: readonly PathData[]): Promise<void> {
    if (!target) throw wrongNumber('Target path not specified.');
    if (sources.length < 2) throw wrongNumber('The number of source paths is less than 2.');
    if (target.status?.type !== 'FILE') throw missing(`Target path ${uriOf(target)} does not exist or is not file.`);
    for (const source of sources) {
      if (source.status?.type !== 'FILE') throw missing(`${uriOf(source)} does not exist or is not file.`);
      if (source.fs === target.fs) continue;
      throw hadoopError('IllegalArgumentException', `Wrong FS: ${uriOf(source)}, expected: ${target.fs.uri}`);
    }
    try {
      const paths = sources.map(({ path }) => path);
      await target.fs.concat(target.path, paths);
    } catch (e) {
      if (!isHadoopError(e, 'UnsupportedOperationException')) throw e;
      const scheme = target.fs.uri.split(':', 1)[0];
      const error = `Input/output error: ${e.message}`;
      throw new PathError('io', `Dest filesystem '${scheme}' doesn't support concat.`, { error });
    }
  }
}

const wrongNumber = (message: string) => hadoopError('IOException', `${message} ${USAGE}`);
const missing = (message: string) => hadoopError('FileNotFoundException', message);

/** Returns the URI as Hadoop's Path prints it: `hdfs://host:port/path` or `file:/path`. */
const uriOf = ({ fs, path }: PathData): string => (isLocal(fs) ? 'file:' : fs.uri) + path;
