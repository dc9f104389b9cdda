import {
  BlockCommandProto_Action,
  type DatanodeCommandProto,
  DatanodeCommandProto_Type,
} from '../protocol/gen/messages.ts';
import type { DatanodeDescriptor } from './datanode-registry.ts';
import { datanodeInfo, locatedBlock } from './located-blocks.ts';
import type { NamesystemState } from './state.ts';

export const REGISTER_COMMAND: DatanodeCommandProto = {
  cmdType: DatanodeCommandProto_Type.RegisterCommand,
  registerCmd: {},
};

/** What the DataNode is to do, taken from its queues; its next heartbeat's answer. They wait while safe mode is on. */
export function takeCommands(s: NamesystemState, datanode: DatanodeDescriptor): DatanodeCommandProto[] {
  if (s.safeMode.isOn) return [];
  return [takeTransfers(s, datanode), takeRecoveries(s, datanode), takeInvalidates(s, datanode)].filter(
    (command) => command !== undefined,
  );
}

function takeTransfers(s: NamesystemState, datanode: DatanodeDescriptor): DatanodeCommandProto | undefined {
  const transfers = datanode.transfers.filter((t) => t.block.file !== undefined);
  datanode.transfers = [];
  if (transfers.length === 0) return undefined;
  return {
    cmdType: DatanodeCommandProto_Type.BlockCommand,
    blkCmd: {
      action: BlockCommandProto_Action.TRANSFER,
      blockPoolId: s.config.blockPoolId,
      blocks: transfers.map(({ block }) => ({
        blockId: block.id,
        genStamp: block.genStamp,
        numBytes: block.numBytes,
      })),
      targets: transfers.map((t) => ({ datanodes: t.targets.map((storage) => datanodeInfo(storage.datanode)) })),
      targetStorageUuids: transfers.map((t) => ({ storageUuids: t.targets.map((storage) => storage.uuid) })),
      targetStorageTypes: transfers.map((t) => ({ storageTypes: t.targets.map((storage) => storage.type as 1) })),
    },
  };
}

function takeInvalidates(s: NamesystemState, datanode: DatanodeDescriptor): DatanodeCommandProto | undefined {
  if (datanode.invalidates.size === 0) return undefined;
  const blocks = [];
  for (const [blockId, genStamp] of datanode.invalidates) {
    if (blocks.length >= s.config.invalidateLimit) break;
    datanode.invalidates.delete(blockId);
    blocks.push({ blockId, genStamp, numBytes: 0 });
  }
  return {
    cmdType: DatanodeCommandProto_Type.BlockCommand,
    blkCmd: {
      action: BlockCommandProto_Action.INVALIDATE,
      blockPoolId: s.config.blockPoolId,
      blocks,
      targets: [],
      targetStorageUuids: [],
      targetStorageTypes: [],
    },
  };
}

/** Lease recovery: the DataNode brings the replicas of a block that nobody writes any more to one length. */
function takeRecoveries(s: NamesystemState, datanode: DatanodeDescriptor): DatanodeCommandProto | undefined {
  const recovering = datanode.recoveries.filter((b) => b.file !== undefined && b.recovery !== undefined);
  datanode.recoveries = [];
  if (recovering.length === 0) return undefined;
  return {
    cmdType: DatanodeCommandProto_Type.BlockRecoveryCommand,
    recoveryCmd: {
      blocks: recovering.map((block) => {
        const storages = (block.expected ?? []).map((e) => e.storage).filter((e) => e.datanode.alive);
        return {
          newGenStamp: block.recovery?.id ?? block.genStamp,
          block: locatedBlock(s.config.blockPoolId, block, 0, storages, false),
        };
      }),
    },
  };
}
