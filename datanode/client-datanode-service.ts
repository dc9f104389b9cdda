import type { Configuration } from '../conf/configuration.ts';
import * as ClientDatanode from '../protocol/gen/client-datanode.ts';
import * as InterDatanode from '../protocol/gen/inter-datanode.ts';
import { type ExtendedBlockProto, StorageTypeProto } from '../protocol/gen/messages.ts';
import type { Handlers, RpcCall } from '../protocol/rpc/handler.ts';
import type { RpcServer } from '../protocol/rpc/server.ts';
import { SOFTWARE_VERSION } from '../protocol/version.ts';
import { hadoopError } from '../runtime/errors.ts';
import type { DatanodeContext } from './context/datanode-context.ts';
import { initReplicaRecovery, updateReplicaUnderRecovery } from './context/inter-datanode.ts';
import type { NamenodeLink } from './link/namenode-link.ts';
import { describeReplica } from './replicas/replica-rules.ts';
import { visibleLength } from './replicas/replica-state.ts';
import { formatBlock } from './volumes/block-layout.ts';

export interface ServiceOptions {
  readonly context: DatanodeContext;
  readonly conf: Configuration;
  readonly link: () => NamenodeLink;
  /** The user that the DataNode runs as: its administrator. */
  readonly owner: string;
  readonly startedMs: number;
  /** @param forRestart writers are told to wait */
  readonly shutDown: (forRestart: boolean) => void;
}

/** ClientDatanodeProtocol and InterDatanodeProtocol on the DataNode's IPC port. */
export function addDatanodeProtocols(server: RpcServer, options: ServiceOptions): void {
  server.addProtocol(ClientDatanode, clientDatanodeHandlers(options));
  server.addProtocol(InterDatanode, {
    initReplicaRecovery: ({ block }) => initReplicaRecovery(options.context, block),
    updateReplicaUnderRecovery: async ({ block, recoveryId, newLength, newBlockId }) => {
      const storageUuid = await updateReplicaUnderRecovery(
        options.context,
        block,
        recoveryId,
        newLength,
        newBlockId ?? 0,
      );
      return { storageUuid };
    },
  });
}

function clientDatanodeHandlers(options: ServiceOptions): Handlers<typeof ClientDatanode> {
  const { context, conf, link, startedMs } = options;
  const { store, clock } = context;
  let isShuttingDown = false;
  return {
    getReplicaVisibleLength: ({ block }) => {
      const { state } = store.get(block);
      if (state.generationStamp < block.generationStamp) {
        const message = `replica.getGenerationStamp() < block.getGenerationStamp(), block=${formatBlock(block)}, replica=${describeReplica(state)}`;
        throw hadoopError('IOException', message);
      }
      return { length: visibleLength(state) };
    },
    refreshNamenodes: (_request, call) => {
      checkSuperuser(options, call);
      return {};
    },
    deleteBlockPool: ({ blockPool }, call) => {
      checkSuperuser(options, call);
      if (blockPool === store.blockPoolId) {
        throw hadoopError('IOException', `The block pool ${blockPool} is still running, cannot be deleted.`);
      }
      throw hadoopError('IOException', `There is no block pool ${blockPool} on this DataNode.`);
    },
    getBlockLocalPathInfo: ({ block }, call) => {
      checkMayReadLocally(conf, call);
      return localPathsOf(options, block);
    },
    shutdownDatanode: ({ forUpgrade }, call) => {
      checkSuperuser(options, call);
      if (isShuttingDown) throw hadoopError('IOException', 'Shutdown already in progress.');
      isShuttingDown = true;
      context.log.info(`shutdownDatanode command received (upgrade=${forUpgrade}). Shutting down Datanode...`);
      options.shutDown(forUpgrade);
      return {};
    },
    evictWriters: async (_request, call) => {
      checkSuperuser(options, call);
      context.log.info('Evicting all writers.');
      for (const replica of store.replicas()) void replica.writer?.stop('all writers are evicted');
      return {};
    },
    getDatanodeInfo: () => {
      const uptime = Math.floor((clock.now() - startedMs) / 1000);
      return { localInfo: { softwareVersion: SOFTWARE_VERSION, configVersion: 'core-3.0.0,hdfs-1', uptime } };
    },
    getVolumeReport: (_request, call) => {
      checkSuperuser(options, call);
      const volumeInfo = store.volumes.map((volume) => {
        const { dfsUsedBytes, availableBytes } = volume.usage();
        return {
          path: volume.directory,
          storageType: StorageTypeProto[volume.storageType],
          usedSpace: dfsUsedBytes,
          freeSpace: availableBytes,
          reservedSpace: volume.reservedBytes,
          reservedSpaceForReplicas: volume.reservedForReplicasBytes,
          numBlocks: volume.numBlocks,
        };
      });
      return { volumeInfo };
    },
    triggerBlockReport: async ({ incremental }, call) => {
      checkSuperuser(options, call);
      await link().triggerBlockReport(incremental);
      return {};
    },
    getBalancerBandwidth: () => ({ bandwidth: context.balanceThrottler.bytesPerSecond }),
  };
}

function localPathsOf({ context }: ServiceOptions, block: ExtendedBlockProto) {
  const replica = context.store.get(block);
  if (replica.state.generationStamp !== block.generationStamp || replica.state.kind !== 'FINALIZED') {
    throw hadoopError('IOException', `Replica is not finalized or of another generation: ${replica.name}`);
  }
  return { block: replica.block, localPath: replica.paths.data, localMetaPath: replica.paths.meta };
}

/** dfs.block.local-path-access.user names who may read block files by their path. */
function checkMayReadLocally(conf: Configuration, call: RpcCall): void {
  if (conf.get('dfs.block.local-path-access.user').includes(call.user)) return;
  throw hadoopError(
    'AccessControlException',
    `Can't continue with getBlockLocalPathInfo() authorization. The user ${call.user} is not configured in ` +
      'dfs.block.local-path-access.user',
  );
}

function checkSuperuser({ owner, conf }: ServiceOptions, call: RpcCall): void {
  const administrators = conf.get('dfs.cluster.administrators').split(/[,\s]+/);
  if (call.user === owner || administrators.includes(call.user)) return;
  throw hadoopError('AccessControlException', `Access denied for user ${call.user}. Superuser privilege is required.`);
}
