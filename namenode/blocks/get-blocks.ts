/** Answers the balancer's question for blocks of a DataNode that can be moved. */
import type { BlockWithLocationsProto } from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { Reading } from '../command/reading.ts';
import type { BlockManagerState } from './block-state.ts';
import { checkNameNodeSafeMode } from './check-safe-mode.ts';
import { isCorrupt } from './locations/block-info.ts';
import type { BlockInfo, DatanodeId, StorageInfo } from './locations/model.ts';

export interface GetBlocksRequest {
  readonly datanode: Pick<DatanodeId, 'datanodeUuid' | 'ipAddr' | 'xferPort'>;
  /** Blocks are returned until their lengths add up to this many bytes. */
  readonly sizeBytes: number;
  readonly minBlockSizeBytes: number;
  /** Blocks of files that were changed or read within this time come last; 0 makes no difference between files. */
  readonly hotTimeMs: number;
  /** A value of StorageTypeProto; undefined for any type. */
  readonly storageType: number | undefined;
}

/**
 * Returns blocks of a DataNode that a balancer may move, each with the locations of all its replicas
 * (BlockManager.getBlocksWithLocations). The list begins at a random block, so that repeated calls return other blocks.
 * @throws IllegalArgumentException, HadoopIllegalArgumentException, SafeModeException
 */
export function getBlocks(
  s: BlockManagerState,
  reading: Reading,
  request: GetBlocksRequest,
): BlockWithLocationsProto[] {
  if (request.sizeBytes <= 0 || request.minBlockSizeBytes < 0) {
    throw hadoopError('IllegalArgumentException', `Unexpected not positive size: ${request.sizeBytes}`);
  }
  checkNameNodeSafeMode(s, reading.now, 'Cannot execute getBlocks');
  const datanode = s.datanodes.get(request.datanode.datanodeUuid);
  if (datanode === undefined) {
    const { datanode: asked } = request;
    throw hadoopError('HadoopIllegalArgumentException', `Datanode ${asked.ipAddr}:${asked.xferPort} not found.`);
  }
  const storages = [...datanode.storages.values()].filter(
    (storage) => !storage.failed && (request.storageType === undefined || storage.type === request.storageType),
  );
  const total = storages.reduce((sum, storage) => sum + storage.blocks.size, 0);
  const found: BlockWithLocationsProto[] = [];
  if (total === 0) return found;
  const start = s.random.nextInt(total);
  const hotSinceMs = reading.wallMs - request.hotTimeMs;
  const hot: BlockInfo[] = [];
  let bytes = 0;
  const take = (block: BlockInfo): void => {
    const located = withLocations(block);
    if (located === undefined) return;
    bytes += block.numBytes;
    found.push(located);
  };
  for (const block of blocksFrom(storages, start, total)) {
    if (bytes >= request.sizeBytes) return found;
    if (block.state !== 'COMPLETE' || block.numBytes < request.minBlockSizeBytes) continue;
    if (request.hotTimeMs > 0 && isHot(block, hotSinceMs)) hot.push(block);
    else take(block);
  }
  for (const block of hot) {
    if (bytes >= request.sizeBytes) break;
    take(block);
  }
  return found;
}

/**
 * Yields every block of the storages once, beginning at position `start` and continuing from the first block after the
 * last.
 */
function* blocksFrom(storages: readonly StorageInfo[], start: number, total: number): Generator<BlockInfo> {
  const range = function* (from: number, to: number): Generator<BlockInfo> {
    let position = 0;
    for (const storage of storages) {
      const size = storage.blocks.size;
      if (position >= to) return;
      if (position + size > from) {
        let at = position;
        for (const block of storage.blocks.keys()) {
          if (at >= to) return;
          if (at >= from) yield block;
          at++;
        }
      }
      position += size;
    }
  };
  yield* range(start, total);
  yield* range(0, start);
}

function isHot(block: BlockInfo, sinceMs: number): boolean {
  const file = block.file;
  return file !== undefined && (file.modificationTimeMs > sinceMs || file.accessTimeMs > sinceMs);
}

/** Returns the block with its locations, or undefined if no replica can be read. */
function withLocations(block: BlockInfo): BlockWithLocationsProto | undefined {
  const storages = block.replicas.filter((storage) => storage.datanode.alive && !isCorrupt(block, storage));
  if (storages.length === 0) return undefined;
  return {
    block: { blockId: block.id, genStamp: block.genStamp, numBytes: block.numBytes },
    datanodeUuids: storages.map((storage) => storage.datanode.id.datanodeUuid),
    storageUuids: storages.map((storage) => storage.uuid),
    storageTypes: storages.map((storage) => storage.type as 1),
  };
}
