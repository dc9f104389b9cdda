// Opens files and their first blocks by RPC alone, for tests that write to DataNodes themselves.
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import {
  CreateFlagProto,
  type LocatedBlockProto,
  type OpWriteBlockProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  StorageTypeProto,
} from '../../protocol/gen/messages.ts';
import { CRC32C } from '../datanode/support/blocks.ts';

/** A file that is open for writing, and its first block. */
export interface RawBlock {
  readonly path: string;
  readonly clientName: string;
  readonly located: LocatedBlockProto;
}

/** Creates a file and asks for its first block, without Calf's write stream. */
export async function openBlock(
  fs: DistributedFileSystem,
  path: string,
  clientName = 'DFSClient_raw',
): Promise<RawBlock> {
  const { fs: status } = await fs.call(ClientNamenode.create, {
    src: path,
    masked: { perm: 0o644 },
    clientName,
    createFlag: CreateFlagProto.CREATE,
    createParent: true,
    replication: fs.defaultReplication,
    blockSize: 2 ** 20,
    cryptoProtocolVersion: [],
  });
  const { block } = await fs.call(ClientNamenode.addBlock, {
    src: path,
    clientName,
    excludeNodes: [],
    fileId: status?.fileId,
    favoredNodes: [],
    flags: [],
  });
  return { path, clientName, located: block };
}

/** Returns the header of WRITE_BLOCK for the first DataNode of a block's pipeline. */
export function writeHeader({ b, locs }: LocatedBlockProto, clientName = 'DFSClient_raw'): OpWriteBlockProto {
  const targets = locs.slice(1);
  return {
    header: { baseHeader: { block: b }, clientName },
    targets,
    stage: Stage.PIPELINE_SETUP_CREATE,
    pipelineSize: locs.length,
    minBytesRcvd: 0,
    maxBytesRcvd: 0,
    latestGenerationStamp: b.generationStamp,
    requestedChecksum: CRC32C.toProto(),
    storageType: StorageTypeProto.DISK,
    targetStorageTypes: targets.map(() => StorageTypeProto.DISK),
    targetPinnings: targets.map(() => false),
    targetStorageIds: targets.map(() => ''),
  };
}
