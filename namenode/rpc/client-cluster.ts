import type * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { ChecksumTypeProto, RollingUpgradeActionProto } from '../../protocol/gen/messages.ts';
import type { Handlers } from '../../protocol/rpc/server.ts';
import { HadoopError, hadoopError } from '../../runtime/errors.ts';
import { datanodeInfo } from '../blocks/located-blocks.ts';
import { DEFAULT_STORAGE_POLICY, STORAGE_POLICIES } from '../blocks/storage-policies.ts';
import { datanodesOf } from '../datanodes/datanode-report.ts';
import { clusterStats } from '../datanodes/stats.ts';
import { pathOf } from '../namespace/inode.ts';
import { checkSuperuser } from '../namespace/permissions.ts';
import * as Stat from '../namespace/stat-and-listing.ts';
import type { ClientContext } from './client-context.ts';

/** Files that one answer of listCorruptFileBlocks names. */
const CORRUPT_FILES_MAX = 100;

/** The methods of ClientProtocol about the cluster: its figures, its DataNodes, and what is switched off in it. */
export function clusterHandlers(context: ClientContext) {
  const { driver, conf } = context;

  return {
    getServerDefaults: () => ({
      serverDefaults: {
        blockSize: conf.get('dfs.blocksize'),
        bytesPerChecksum: conf.get('dfs.bytes-per-checksum'),
        writePacketSize: conf.get('dfs.client-write-packet-size'),
        replication: conf.get('dfs.replication'),
        fileBufferSize: conf.get('io.file.buffer.size'),
        encryptDataTransfer: false,
        trashInterval: conf.get('fs.trash.interval'),
        checksumType:
          { NULL: ChecksumTypeProto.CHECKSUM_NULL, CRC32: ChecksumTypeProto.CHECKSUM_CRC32 }[
            conf.get('dfs.checksum.type')
          ] ?? ChecksumTypeProto.CHECKSUM_CRC32C,
        keyProviderUri: '',
        policyId: DEFAULT_STORAGE_POLICY.policyId,
        snapshotTrashRootEnabled: false,
      },
    }),

    getFsStats: () => {
      const stats = clusterStats(driver.state);
      return {
        capacity: stats.capacity,
        used: stats.used,
        remaining: stats.remaining,
        under_replicated: stats.lowRedundancyBlocks,
        corrupt_blocks: stats.corruptBlocks,
        missing_blocks: stats.missingBlocks,
        missing_repl_one_blocks: stats.missingReplicationOneBlocks,
        blocks_in_future: 0,
        pending_deletion_blocks: stats.pendingDeletionBlocks,
      };
    },

    getFsReplicatedBlockStats: () => {
      const stats = clusterStats(driver.state);
      return {
        low_redundancy: stats.lowRedundancyBlocks,
        corrupt_blocks: stats.corruptBlocks,
        missing_blocks: stats.missingBlocks,
        missing_repl_one_blocks: stats.missingReplicationOneBlocks,
        blocks_in_future: 0,
        pending_deletion_blocks: stats.pendingDeletionBlocks,
        highest_prio_low_redundancy_blocks: stats.highestPriorityLowRedundancyBlocks,
      };
    },

    getFsECBlockGroupStats: () => ({
      low_redundancy: 0,
      corrupt_blocks: 0,
      missing_blocks: 0,
      blocks_in_future: 0,
      pending_deletion_blocks: 0,
      highest_prio_low_redundancy_blocks: 0,
    }),

    getDatanodeReport: ({ type }) => ({ di: datanodesOf(driver.state, type).map(datanodeInfo) }),

    getDatanodeStorageReport: ({ type }) => ({
      datanodeStorageReports: datanodesOf(driver.state, type).map((datanode) => ({
        datanodeInfo: datanodeInfo(datanode),
        storageReports: [...datanode.storages.values()].map((s) => ({
          storageUuid: s.uuid,
          failed: s.failed,
          capacity: s.capacity,
          dfsUsed: s.dfsUsed,
          remaining: s.remaining,
          blockPoolUsed: s.blockPoolUsed,
          nonDfsUsed: s.nonDfsUsed,
          storage: { storageUuid: s.uuid, state: s.state as 0, storageType: s.type as 1 },
        })),
      })),
    }),

    // There are no upgrades to roll: a query says that none is under way.
    rollingUpgrade: async ({ action }, call) => {
      checkSuperuser(await context.caller(call), 'rollingUpgrade');
      if (action === RollingUpgradeActionProto.QUERY) return {};
      throw hadoopError('UnsupportedOperationException', 'Rolling upgrades are not supported');
    },

    listCorruptFileBlocks: async ({ path }) => {
      const under = path === '/' ? '/' : `${path}/`;
      const files = Stat.corruptFiles(driver.state, CORRUPT_FILES_MAX).map((found) => pathOf(found.file));
      await driver.shown();
      return {
        corrupt: { files: files.filter((f) => f === path || f.startsWith(under)), cookie: String(files.length) },
      };
    },

    getStoragePolicies: () => ({ policies: [...STORAGE_POLICIES] }),

    getStoragePolicy: async ({ path }, call) => {
      const found = await driver.read(Stat.getFileInfo, { caller: await context.caller(call), path });
      if (found === undefined) throw hadoopError('FileNotFoundException', `File/Directory does not exist: ${path}`);
      return { storagePolicy: DEFAULT_STORAGE_POLICY };
    },

    /** Nothing happens out of order here, so a client that asks for the state of now has it. */
    msync: async () => {
      await driver.shown();
      return {};
    },
    getHAServiceState: () => {
      throw new HadoopError('org.apache.hadoop.ha.ServiceFailedException', 'HA for namenode is not enabled');
    },
    // What is switched off answers as on a Hadoop cluster where it is off.
    getErasureCodingPolicies: () => ({ ecPolicies: [] }),
    getErasureCodingPolicy: async ({ src: path }, call) => {
      const found = await driver.read(Stat.getFileInfo, { caller: await context.caller(call), path });
      if (found === undefined) throw hadoopError('FileNotFoundException', `Path not found: ${path}`);
      return {};
    },
    getDataEncryptionKey: () => ({}),
    getEZForPath: () => ({}),
    getSnapshottableDirListing: () => ({}),
    getEnclosingRoot: () => ({ enclosingRootPath: '/' }),
    getSlowDatanodeReport: () => ({
      datanodeInfoProto: driver.state.slowNodes?.all(driver.state, driver.now()).map(datanodeInfo) ?? [],
    }),
  } satisfies Handlers<typeof ClientNamenode>;
}
