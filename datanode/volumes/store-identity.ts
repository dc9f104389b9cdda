/** Checks that the volumes of a DataNode belong together, and to the NameNode's cluster. */
import { hadoopError } from '../../runtime/errors.ts';
import type { Namespace, Volume } from './volume.ts';

/**
 * Returns the uuid that the formatted volumes give the DataNode; undefined if no volume is formatted.
 * @throws InconsistentFSStateException if two volumes have different uuids
 */
export function commonUuid(volumes: readonly Volume[]): string | undefined {
  const formatted = volumes.filter((v) => v.datanodeUuid !== undefined);
  const [first] = formatted;
  const other = formatted.find((v) => v.datanodeUuid !== first?.datanodeUuid);
  if (first && other) {
    throw hadoopError(
      'InconsistentFSStateException',
      `Root ${other.directory}: DatanodeUuid=${other.datanodeUuid}, does not match ${first.datanodeUuid} of ${first.directory}. ` +
        'Each directory of dfs.datanode.data.dir must belong to the same DataNode.',
    );
  }
  return first?.datanodeUuid;
}

/** Checks that a NameNode is of the cluster that this DataNode has joined. @throws IOException */
export function checkSame(known: Namespace, told: Namespace): void {
  if (known.clusterId !== told.clusterId) {
    const message = `Cluster IDs not matched: dn cid=${known.clusterId} but ns cid=${told.clusterId}; bpid=${known.blockPoolId}`;
    throw hadoopError('IOException', message);
  }
  if (known.blockPoolId !== told.blockPoolId) {
    const message = `Inconsistent namespace information: NameNode has block pool ${told.blockPoolId}, this DataNode serves ${known.blockPoolId}`;
    throw hadoopError('IOException', message);
  }
}
