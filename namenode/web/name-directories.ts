/** The name directories at /jmx: Hadoop's NameDirStatuses, and a bean of our own that says more. Pure. */
import type { Bean } from '../../runtime/http/jmx.ts';

export interface NameDirectoryState {
  readonly dir: string;
  readonly state: 'active' | 'failed';
  /** The number of the last transaction (batch of changes) on this disk; null if no start has read the directory. */
  readonly lastSyncedTransactionId: number | null;
  /** The reason of a failure. */
  readonly reason?: string;
}

/** Returns the JSON text of Hadoop's FSNamesystem.getNameDirStatuses: the type of each directory by its path and state. */
export function nameDirStatuses(states: readonly NameDirectoryState[]): string {
  const ofState = (wanted: string) =>
    Object.fromEntries(states.filter(({ state }) => state === wanted).map(({ dir }) => [dir, 'IMAGE_AND_EDITS']));
  return JSON.stringify({ active: ofState('active'), failed: ofState('failed') });
}

/** Returns the bean, which Hadoop does not have. The epoch is the number of this start. */
export function nameDirectoriesBean(epoch: number, states: readonly NameDirectoryState[]): Bean {
  return {
    name: 'Hadoop:service=NameNode,name=CalfNameDirectories',
    modelerType: 'CalfNameDirectories',
    Epoch: epoch,
    Directories: states,
  };
}
