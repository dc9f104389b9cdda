import {
  type HdfsFileStatusProto,
  HdfsFileStatusProto_FileType,
  HdfsFileStatusProto_Flags,
} from '../protocol/gen/messages.ts';
import { fileLength, type INode } from './inode.ts';

const encoder = new TextEncoder();
const NO_BYTES = new Uint8Array(0);

/** `name` is the entry's own name in a listing, '' where the caller knows the path. */
export function fileStatus(inode: INode, name: string): HdfsFileStatusProto {
  const path = name === '' ? NO_BYTES : encoder.encode(name);
  const common = {
    path,
    permission: { perm: inode.permission },
    owner: inode.owner,
    group: inode.group,
    modification_time: inode.modificationTimeMs,
    access_time: inode.accessTimeMs,
    fileId: inode.id,
    storagePolicy: 0,
    flags: 0,
  };
  if (inode.kind === 'directory') {
    return {
      ...common,
      fileType: HdfsFileStatusProto_FileType.IS_DIR,
      length: 0,
      // The root counts as snapshottable on every HDFS.
      flags: inode.parent === undefined ? HdfsFileStatusProto_Flags.SNAPSHOT_ENABLED : 0,
      block_replication: 0,
      blocksize: 0,
      childrenNum: inode.children.size,
    };
  }
  return {
    ...common,
    fileType: HdfsFileStatusProto_FileType.IS_FILE,
    length: fileLength(inode),
    access_time: inode.accessTimeMs,
    block_replication: inode.replication,
    blocksize: inode.blockSizeBytes,
    childrenNum: 0,
  };
}
