import { createHash } from 'node:crypto';
import type * as ClientNamenode from '../protocol/gen/client-namenode.ts';
import {
  type BatchedDirectoryListingProto,
  BatchedListingKeyProto,
  ChecksumTypeProto,
  DatanodeReportTypeProto,
  type GetBatchedListingRequestProto,
  HAServiceStateProto,
} from '../protocol/gen/messages.ts';
import { LONG_MAX } from '../protocol/message.ts';
import { HadoopError, hadoopError } from '../protocol/errors.ts';
import type { Handlers } from '../protocol/rpc-server.ts';
import type { ClientContext } from './client-context.ts';
import { ContentSummaryComputation } from './content-summary.ts';
import type { DatanodeDescriptor } from './datanode-registry.ts';
import { pathOf } from './inode.ts';
import { lastINode } from './inode-tree.ts';
import { datanodeInfo } from './located-blocks.ts';
import { checkValidName } from './path.ts';
import { type Caller, READ_EXECUTE } from './permissions.ts';
import * as Stat from './stat-and-listing-op.ts';
import { checkAccess, resolvePath } from './state.ts';
import { clusterStats } from './stats.ts';
import { DEFAULT_STORAGE_POLICY, STORAGE_POLICIES } from './storage-policies.ts';

/** dfs.namenode.fs-limits… of getBatchedListing (dfs.batched.ls.limit). */
const BATCHED_PATHS_MAX = 100;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The methods of ClientProtocol that change nothing. */
export function queryHandlers(context: ClientContext) {
  const { driver, conf } = context;

  async function contentSummary(caller: Caller, path: string) {
    const { state } = driver;
    const iip = resolvePath(state, caller, path, 'READ');
    const inode = lastINode(iip);
    if (inode === undefined) throw hadoopError('FileNotFoundException', `File does not exist: ${iip.path}`);
    checkAccess(state, iip, caller, { sub: READ_EXECUTE });
    const computation = new ContentSummaryComputation(inode);
    while (!computation.step(conf.get('dfs.content-summary.limit'))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await driver.flushed();
    // Only the root has a quota by itself: as many names as there can be.
    const quota = inode === state.tree.root ? LONG_MAX : -1;
    return { ...computation.counts, quota, spaceQuota: -1, isFile: inode.kind === 'file' };
  }

  function datanodes(type: DatanodeReportTypeProto): DatanodeDescriptor[] {
    switch (type) {
      case DatanodeReportTypeProto.ALL:
        return driver.state.datanodes.all();
      case DatanodeReportTypeProto.LIVE:
        return driver.state.datanodes.live();
      case DatanodeReportTypeProto.DEAD:
        return driver.state.datanodes.all().filter((d) => !d.alive);
      default:
        return [];
    }
  }

  async function batchedListing(caller: Caller, request: GetBatchedListingRequestProto) {
    const { paths, needLocation } = request;
    if (paths.length > BATCHED_PATHS_MAX) {
      throw hadoopError('IllegalArgumentException', `Too many source paths (${paths.length} > ${BATCHED_PATHS_MAX})`);
    }
    const checksum = createHash('md5').update(paths.join('\0')).digest();
    const from = request.startAfter.length > 0 ? BatchedListingKeyProto.decode(request.startAfter) : undefined;
    if (from !== undefined && !checksum.equals(from.checksum)) {
      throw hadoopError('IllegalArgumentException', 'The paths are not those that the listing began with');
    }
    const listings: BatchedDirectoryListingProto[] = [];
    let budget = conf.get('dfs.ls.limit');
    for (let i = from?.pathIndex ?? 0; i < paths.length; i++) {
      const path = paths[i] ?? '';
      const startAfter = i === from?.pathIndex ? decoder.decode(from.startAfter) : '';
      try {
        const page = await driver.read(Stat.getListing, { caller, path, startAfter, needLocation });
        if (page === undefined) throw hadoopError('FileNotFoundException', `Path ${path} does not exist`);
        listings.push({ partialListing: page.partialListing, parentIdx: i });
        budget -= page.partialListing.length;
        const last = page.partialListing.at(-1);
        if (page.remainingEntries > 0 && last !== undefined) {
          const next = { checksum, pathIndex: i, startAfter: last.path };
          return { listings, hasMore: true, startAfter: BatchedListingKeyProto.encode(next) };
        }
      } catch (e) {
        const error = HadoopError.from(e);
        const exception = { className: error.javaClass, message: error.message };
        listings.push({ partialListing: [], parentIdx: i, exception });
      }
      if (budget <= 0 && i + 1 < paths.length) {
        const next = { checksum, pathIndex: i + 1, startAfter: encoder.encode('') };
        return { listings, hasMore: true, startAfter: BatchedListingKeyProto.encode(next) };
      }
    }
    return { listings, hasMore: false, startAfter: encoder.encode('') };
  }

  return {
    getFileInfo: async ({ src: path }, call) => {
      checkValidName(path);
      return { fs: await driver.read(Stat.getFileInfo, { caller: await context.caller(call), path }) };
    },

    getFileLinkInfo: async ({ src: path }, call) => {
      checkValidName(path);
      return { fs: await driver.read(Stat.getFileInfo, { caller: await context.caller(call), path }) };
    },

    getLocatedFileInfo: async ({ src: path = '' }, call) => ({
      fs: await driver.read(Stat.getLocatedFileInfo, { caller: await context.caller(call), path }),
    }),

    getListing: async ({ src: path, startAfter, needLocation }, call) => {
      const request = { caller: await context.caller(call), path, startAfter: decoder.decode(startAfter), needLocation };
      return { dirList: await driver.read(Stat.getListing, request) };
    },

    getBatchedListing: async (request, call) => batchedListing(await context.caller(call), request),

    getBlockLocations: async ({ src: path, offset, length }, call) => {
      const caller = await context.caller(call);
      const { locations, accessed } = await driver.read(Stat.getBlockLocations, { caller, path, offset, length });
      // A reader need not wait for the disk to know that it came.
      if (accessed) driver.applyLater({ op: 'noteAccess', caller, path });
      return { locations };
    },

    isFileClosed: async ({ src: path }, call) => ({
      result: await driver.read(Stat.isFileClosed, { caller: await context.caller(call), path }),
    }),

    getPreferredBlockSize: async ({ filename: path }, call) => ({
      bsize: await driver.read(Stat.getPreferredBlockSize, { caller: await context.caller(call), path }),
    }),

    checkAccess: async ({ path, mode }, call) => {
      await driver.read(Stat.checkPathAccess, { caller: await context.caller(call), path, mode });
      return {};
    },

    getContentSummary: async ({ path }, call) => {
      const found = await contentSummary(await context.caller(call), path);
      const { length, fileCount, directoryCount, quota, spaceConsumed, spaceQuota } = found;
      return {
        summary: {
          length,
          fileCount,
          directoryCount,
          quota,
          spaceConsumed,
          spaceQuota,
          snapshotLength: 0,
          snapshotFileCount: 0,
          snapshotDirectoryCount: 0,
          snapshotSpaceConsumed: 0,
          erasureCodingPolicy: found.isFile ? 'Replicated' : '',
        },
      };
    },

    getQuotaUsage: async ({ path }, call) => {
      const found = await contentSummary(await context.caller(call), path);
      const { quota, spaceConsumed, spaceQuota } = found;
      return {
        usage: { fileAndDirectoryCount: found.fileCount + found.directoryCount, quota, spaceConsumed, spaceQuota },
      };
    },

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
        policyId: 0,
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
        highest_prio_low_redundancy_blocks: driver.state.redundancy.urgent.size,
      };
    },

    getFsECBlockGroupStats: () => ({
      low_redundancy: 0,
      corrupt_blocks: 0,
      missing_blocks: 0,
      blocks_in_future: 0,
      pending_deletion_blocks: 0,
    }),

    getDatanodeReport: ({ type }) => ({ di: datanodes(type).map(datanodeInfo) }),

    getDatanodeStorageReport: ({ type }) => ({
      datanodeStorageReports: datanodes(type).map((datanode) => ({
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

    listCorruptFileBlocks: async ({ path }) => {
      const under = path === '/' ? '/' : `${path}/`;
      const files = Stat.corruptFiles(driver.state, BATCHED_PATHS_MAX).map((found) => pathOf(found.file));
      await driver.flushed();
      return { corrupt: { files: files.filter((f) => f === path || f.startsWith(under)), cookie: '' } };
    },

    getStoragePolicies: () => ({ policies: [...STORAGE_POLICIES] }),

    getStoragePolicy: async ({ path }, call) => {
      const found = await driver.read(Stat.getFileInfo, { caller: await context.caller(call), path });
      if (found === undefined) throw hadoopError('FileNotFoundException', `File/Directory does not exist: ${path}`);
      return { storagePolicy: DEFAULT_STORAGE_POLICY };
    },

    /** Nothing happens out of order here, so a client that asks for the state of now has it. */
    msync: async () => {
      await driver.flushed();
      return {};
    },
    getHAServiceState: () => ({ state: HAServiceStateProto.ACTIVE }),
    // What is switched off answers as on a Hadoop cluster where it is off.
    getErasureCodingPolicies: () => ({ ecPolicies: [] }),
    getErasureCodingPolicy: () => ({}),
    getDataEncryptionKey: () => ({}),
    getEZForPath: () => ({}),
    getSnapshottableDirListing: () => ({}),
    getEnclosingRoot: () => ({ enclosingRootPath: '/' }),
    getSlowDatanodeReport: () => ({ datanodeInfoProto: [] }),
  } satisfies Handlers<typeof ClientNamenode>;
}
