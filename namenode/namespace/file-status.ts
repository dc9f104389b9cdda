/** Makes the status of an inode for answers to clients. */
import {
  type HdfsFileStatusProto,
  HdfsFileStatusProto_FileType,
  HdfsFileStatusProto_Flags,
} from '../../protocol/gen/messages.ts';
import { fileLength, type INode } from './inode.ts';

const encoder = new TextEncoder();
const NO_BYTES = new Uint8Array(0);

/**
 * Returns the status of an inode. One literal makes all status objects, so that V8 gives them one shape: the NameNode
 * makes more of these objects than of any other.
 * @param name the name of the entry in a listing, or '' if the client knows the path
 */
export function fileStatus(inode: INode, name: string): HdfsFileStatusProto {
  const file = inode.kind === 'file' ? inode : undefined;
  const directory = inode.kind === 'directory' ? inode : undefined;
  return {
    fileType: file !== undefined ? HdfsFileStatusProto_FileType.IS_FILE : HdfsFileStatusProto_FileType.IS_DIR,
    path: name === '' ? NO_BYTES : encoder.encode(name),
    length: file !== undefined ? fileLength(file) : 0,
    permission: { perm: inode.permission },
    owner: inode.owner,
    group: inode.group,
    modification_time: inode.modificationTimeMs,
    access_time: inode.accessTimeMs,
    symlink: undefined,
    block_replication: file?.replication ?? 0,
    blocksize: file?.blockSizeBytes ?? 0,
    locations: undefined,
    fileId: inode.id,
    childrenNum: directory?.children.size ?? 0,
    fileEncryptionInfo: undefined,
    storagePolicy: 0,
    ecPolicy: undefined,
    // Hadoop marks the root as snapshottable in every namespace.
    flags: inode.parent === undefined && directory !== undefined ? HdfsFileStatusProto_Flags.SNAPSHOT_ENABLED : 0,
    namespace: undefined,
  };
}
