/** The logic of ClientDatanodeProtocol's methods. Messages are Hadoop's, because Hadoop's clients show them. */
import {
  type DatanodeLocalInfoProto,
  type DatanodeVolumeInfoProto,
  type ExtendedBlockProto,
  type GetBlockLocalPathInfoResponseProto,
  StorageTypeProto,
} from '../../protocol/gen/messages.ts';
import { SOFTWARE_VERSION } from '../../protocol/version.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { settled } from '../../runtime/promises.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import type { BlockStore } from '../replicas/block-store.ts';
import { describeReplica } from '../replicas/replica-rules.ts';
import { visibleLength } from '../replicas/replica-state.ts';
import { formatBlock } from '../volumes/block-layout.ts';
import type { Volume } from '../volumes/volume.ts';
import type { DatanodeService } from './datanode-service.ts';

/** Hadoop's CONFIGURATION version, as `dfsadmin -getDatanodeInfo` prints it. */
const CONFIG_VERSION = 'core-3.0.0,hdfs-1';

/** Returns the number of bytes of a replica that readers may read. @throws ReplicaNotFoundException, IOException */
export function visibleLengthOf(store: BlockStore, block: ExtendedBlockProto): { length: number } {
  const { state } = store.get(block);
  if (state.generationStamp < block.generationStamp) {
    const message = `replica.getGenerationStamp() < block.getGenerationStamp(), block=${formatBlock(block)}, replica=${describeReplica(state)}`;
    throw hadoopError('IOException', message);
  }
  return { length: visibleLength(state) };
}

/** Refuses to delete a block pool: a DataNode serves one pool, which stays in use. @throws IOException always */
export function refuseToDeletePool(store: BlockStore, blockPool: string): never {
  if (blockPool === store.blockPoolId) {
    throw hadoopError('IOException', `The block pool ${blockPool} is still running, cannot be deleted.`);
  }
  throw hadoopError('IOException', `There is no block pool ${blockPool} on this DataNode.`);
}

/** Returns the paths of a finalized replica's files. @throws ReplicaNotFoundException, IOException */
export function localPathsOf(store: BlockStore, block: ExtendedBlockProto): GetBlockLocalPathInfoResponseProto {
  const replica = store.get(block);
  if (replica.state.generationStamp !== block.generationStamp || replica.state.kind !== 'FINALIZED') {
    throw hadoopError('IOException', `Replica is not finalized or of another generation: ${replica.name}`);
  }
  return { block: replica.block, localPath: replica.paths.data, localMetaPath: replica.paths.meta };
}

/** Asks this DataNode to stop. @throws IOException if it is stopping already */
export function shutDown({ stop, log }: DatanodeContext, forUpgrade: boolean): void {
  if (stop.isRequested) throw hadoopError('IOException', 'Shutdown already in progress.');
  log.info(`shutdownDatanode command received (upgrade=${forUpgrade}). Shutting down Datanode...`);
  stop.request({ forRestart: forUpgrade });
}

/** Stops every writer without waiting for its end. The writers' clients see their connections close. */
export function evictWriters({ store, log }: DatanodeContext): void {
  log.info('Evicting all writers.');
  for (const replica of store.replicas()) void settled(replica.writer?.stop('all writers are evicted'));
}

/** Returns the versions and the uptime in seconds of this DataNode. */
export function localInfoOf({ context, startedMs }: DatanodeService): DatanodeLocalInfoProto {
  const uptime = Math.floor((context.clock.now() - startedMs) / 1000);
  return { softwareVersion: SOFTWARE_VERSION, configVersion: CONFIG_VERSION, uptime };
}

/** Returns the use of a volume, in bytes and blocks. */
export function volumeInfoOf(volume: Volume): DatanodeVolumeInfoProto {
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
}
