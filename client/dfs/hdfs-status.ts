/** Status, locations and summaries: from the messages of the NameNode to the types of FileSystem. */
import { enumName } from '../../protocol/enum-name.ts';
import {
  type ContentSummaryProto,
  HdfsFileStatusProto_FileType as FileType,
  HdfsFileStatusProto_Flags as Flags,
  type HdfsFileStatusProto,
  type LocatedBlockProto,
  StorageTypeProto,
} from '../../protocol/gen/messages.ts';
import type { BlockLocation, ContentSummary, FileStatus } from '../filesystem/file-system.ts';
import { xferAddress } from './block-format.ts';

const TYPES = { [FileType.IS_DIR]: 'DIRECTORY', [FileType.IS_FILE]: 'FILE', [FileType.IS_SYMLINK]: 'SYMLINK' } as const;
const PERMISSION_BITS = 0o1777;
/** The value of HdfsFileStatusProto.childrenNum if the NameNode did not send it. */
const CHILDREN_UNKNOWN = -1;

export function fileStatus(path: string, s: HdfsFileStatusProto): FileStatus {
  const flags = s.flags ?? 0;
  const isDirectory = s.fileType === FileType.IS_DIR;
  return {
    path,
    type: TYPES[s.fileType],
    length: s.length,
    replication: isDirectory ? 0 : (s.block_replication ?? 0),
    blockSizeBytes: s.blocksize ?? 0,
    modificationTimeMs: s.modification_time,
    accessTimeMs: s.access_time,
    permission: s.permission.perm & PERMISSION_BITS,
    owner: s.owner,
    group: s.group,
    hasAcl: (flags & Flags.HAS_ACL) !== 0,
    isEncrypted: (flags & Flags.HAS_CRYPT) !== 0,
    isErasureCoded: (flags & Flags.HAS_EC) !== 0,
    isSnapshottable: (flags & Flags.SNAPSHOT_ENABLED) !== 0,
    ecPolicy: s.ecPolicy?.name,
    storagePolicy: s.storagePolicy,
    childrenNum: s.childrenNum === CHILDREN_UNKNOWN ? undefined : s.childrenNum,
    fileId: s.fileId,
  };
}

export function blockLocation(block: LocatedBlockProto): BlockLocation {
  const names = block.locs.map(xferAddress);
  return {
    offset: block.offset,
    length: block.b.numBytes ?? 0,
    hosts: block.locs.map((n) => n.id.hostName),
    names,
    topologyPaths: block.locs.map((n, i) => `${n.location ?? '/default-rack'}/${names[i]}`),
    corrupt: block.corrupt,
  };
}

export function contentSummary(s: ContentSummaryProto): ContentSummary {
  return {
    length: s.length,
    fileCount: s.fileCount,
    directoryCount: s.directoryCount,
    quota: s.quota,
    spaceConsumed: s.spaceConsumed,
    spaceQuota: s.spaceQuota,
    snapshotLength: s.snapshotLength ?? 0,
    snapshotFileCount: s.snapshotFileCount ?? 0,
    snapshotDirectoryCount: s.snapshotDirectoryCount ?? 0,
    snapshotSpaceConsumed: s.snapshotSpaceConsumed ?? 0,
    erasureCodingPolicy: s.erasureCodingPolicy ?? '',
    typeQuotas: (s.typeQuotaInfos?.typeQuotaInfo ?? []).map((t) => ({
      type: enumName(StorageTypeProto, t.type) ?? 'DISK',
      quota: t.quota,
      consumed: t.consumed,
    })),
  };
}
