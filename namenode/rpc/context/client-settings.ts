/** The settings that the methods of ClientProtocol use, read once: a wrong value fails the start and no call. */
import type { Configuration } from '../../../conf/configuration.ts';
import { ChecksumTypeProto, type FsServerDefaultsProto } from '../../../protocol/gen/messages.ts';
import { DEFAULT_STORAGE_POLICY } from '../../blocks/redundancy/storage-policies.ts';

export interface ClientSettings {
  /** The answer to getServerDefaults. */
  readonly serverDefaults: FsServerDefaultsProto;
  /** dfs.ls.limit: the entries that one answer to getBatchedListing may have. */
  readonly listingLimit: number;
  /** dfs.content-summary.limit: the inodes that are counted before other calls get their turn. */
  readonly contentSummaryLimit: number;
}

/** @throws ConfigurationError */
export function clientSettings(conf: Configuration): ClientSettings {
  return {
    serverDefaults: serverDefaults(conf),
    listingLimit: conf.get('dfs.ls.limit'),
    contentSummaryLimit: conf.get('dfs.content-summary.limit'),
  };
}

const CHECKSUM_TYPES: Readonly<Record<string, ChecksumTypeProto>> = {
  NULL: ChecksumTypeProto.CHECKSUM_NULL,
  CRC32: ChecksumTypeProto.CHECKSUM_CRC32,
  CRC32C: ChecksumTypeProto.CHECKSUM_CRC32C,
};

function serverDefaults(conf: Configuration): FsServerDefaultsProto {
  return {
    blockSize: conf.get('dfs.blocksize'),
    bytesPerChecksum: conf.get('dfs.bytes-per-checksum'),
    writePacketSize: conf.get('dfs.client-write-packet-size'),
    replication: conf.get('dfs.replication'),
    fileBufferSize: conf.get('io.file.buffer.size'),
    encryptDataTransfer: false,
    trashInterval: conf.get('fs.trash.interval'),
    checksumType: CHECKSUM_TYPES[conf.get('dfs.checksum.type')] ?? ChecksumTypeProto.CHECKSUM_CRC32C,
    keyProviderUri: '',
    policyId: DEFAULT_STORAGE_POLICY.policyId,
    snapshotTrashRootEnabled: false,
  };
}
