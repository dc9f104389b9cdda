/** The parts of a running attempt that its readers and writers need. */
import type { FileSystem } from '../../client/filesystem/file-system.ts';
import type { AnyJob } from '../api/api.ts';
import type { FileSystems } from '../files/file-systems.ts';
import type { FormatContext } from '../formats/format.ts';
import type { Counter, Counters } from '../job/counters.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import type { TaskLaunch } from '../job/messages.ts';

export interface RecordsRun {
  readonly jobConf: JobConfiguration;
  readonly counters: Counters;
  readonly fileSystems: FileSystems;
}

/** The part of a running attempt that its output needs. */
export interface OutputRun extends RecordsRun {
  readonly launch: TaskLaunch;
  readonly job: AnyJob;
  /** The attempt's own local directory. */
  readonly directory: string;
  readonly umbilical: { mayCommit(): Promise<boolean> };
}

/**
 * Returns the part that the contexts of readers, writers and the job's functions share. Each adds `fileSystem` as a getter,
 * so that a task that needs no default file system makes none.
 */
export function formatContext({ jobConf, counters, fileSystems }: RecordsRun): Omit<FormatContext, 'fileSystem'> {
  return {
    conf: jobConf,
    qualify: (text) => {
      const { fs, path, uri } = fileSystems.qualify(text);
      return { fs: lent(fs), path, uri };
    },
    counter: (group, name): Counter => ({
      get value() {
        return counters.get(group, name);
      },
      increment: (by = 1) => counters.add(group, name, by),
    }),
  };
}

/** Returns the default file system (fs.defaultFS) for the job's code. */
export function defaultFileSystem({ fileSystems }: RecordsRun): FileSystem {
  return lent(fileSystems.get(''));
}

const lentOnes = new WeakMap<FileSystem, FileSystem>();

/** Returns the file system for the job's code, which can't close it: other attempts of this process use it too. */
function lent(fs: FileSystem): FileSystem {
  const known = lentOnes.get(fs);
  if (known) return known;
  const made = new Proxy(fs, {
    get(target, name) {
      if (name === 'close' || name === Symbol.asyncDispose) return async () => undefined;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  lentOnes.set(fs, made);
  return made;
}
