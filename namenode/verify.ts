/** `hdfs namenode -verify`: checks every name directory, and tells what is damaged. */
import { messageOf } from '../runtime/errors.ts';
import { silentLogger } from '../runtime/log.ts';
import { NamespaceLoader } from './namesystem/load.ts';
import { namesystemConfig } from './namesystem/namesystem-config.ts';
import { type NameNodeOptions, withDefaults } from './options.ts';
import { examineDirectories, type NameDirectory } from './store/name-directories.ts';
import { CALF_LAYOUT_VERSION, nameDirectoriesOf, storePath } from './store/name-directory.ts';
import { compareAge, type Moment, momentText } from './store/store-reading.ts';
import { verifyStore } from './store/verify-store.ts';

/**
 * Checks the directories of dfs.namenode.name.dir.
 * @param print gets a line for each directory that can be opened, with its epoch and last transaction; one for each
 * finding; and one for each directory that is behind another one
 * @returns whether all are whole
 * @throws Error for a directory of another program, and for directories of different namespaces
 */
export async function verifyNamespace(options: NameNodeOptions, print: (line: string) => void): Promise<boolean> {
  const { conf, random, clock } = withDefaults({ log: silentLogger, ...options });
  let isWhole = true;
  const readable: (Moment & { readonly dir: string })[] = [];
  const tell = (dir: string, finding: string): void => {
    isWhole = false;
    print(`${dir}: ${finding}`);
  };
  for (const directory of await examineDirectories(nameDirectoriesOf(conf.get('dfs.namenode.name.dir')))) {
    const { dir } = directory;
    const reason = whyNotRead(directory);
    if (directory.kind !== 'formatted' || reason !== undefined) {
      tell(dir, reason ?? 'it can not be read');
      continue;
    }
    try {
      const config = namesystemConfig(conf, directory.formatted.identity.blockPoolId, new Map());
      const loader = new NamespaceLoader(config, random, clock.now());
      const { keys, epoch, number, findings } = await verifyStore(storePath(dir), silentLogger, loader);
      print(`${dir}: ${findings.length === 0 ? 'whole' : 'damaged'}: ${keys} keys, ${momentText({ epoch, number })}`);
      for (const finding of findings) tell(dir, finding);
      readable.push({ dir, epoch, number });
    } catch (e) {
      tell(dir, messageOf(e));
    }
  }
  for (const line of linesOfAge(readable)) print(line);
  return isWhole;
}

/** Returns one line for each directory that is behind another one. The next start brings it up to date. */
function linesOfAge(directories: readonly (Moment & { readonly dir: string })[]): string[] {
  const newest = directories.toSorted((a, b) => compareAge(b, a))[0];
  if (newest === undefined) return [];
  return directories
    .filter((one) => compareAge(newest, one) > 0)
    .map(({ dir }) => `${dir}: older than ${newest.dir}, from which the next start brings it up to date`);
}

/** Returns the reason for which a directory has no store to check; undefined if it has one. */
function whyNotRead(directory: NameDirectory): string | undefined {
  switch (directory.kind) {
    case 'empty':
      return 'it is empty';
    case 'missing':
      return 'it does not exist';
    case 'damaged':
    case 'unreadable':
      return messageOf(directory.error);
    case 'formatted':
      if (directory.formatted.layout === CALF_LAYOUT_VERSION) return undefined;
      return `its layout ${directory.formatted.layout} has no checksums: start the NameNode once, to upgrade it`;
    default:
      return directory satisfies never;
  }
}
