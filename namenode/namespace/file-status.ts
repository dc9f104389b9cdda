/** An inode as clients are told of it. */
import {
  type HdfsFileStatusProto,
  HdfsFileStatusProto_FileType,
  HdfsFileStatusProto_Flags,
} from '../../protocol/gen/messages.ts';
import { fileLength, type INode } from './inode.ts';

const encoder = new TextEncoder();
const NO_BYTES = new Uint8Array(0);

/**
 * `name` is the entry's own name in a listing, '' where the caller knows the path. One literal of one shape: this is
 * what a NameNode makes most of.
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
    // The root counts as snapshottable on every HDFS.
    flags: inode.parent === undefined && directory !== undefined ? HdfsFileStatusProto_Flags.SNAPSHOT_ENABLED : 0,
    namespace: undefined,
  };
}
