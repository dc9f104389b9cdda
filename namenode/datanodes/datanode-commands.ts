/** Takes the commands for a heartbeat's answer from the DataNode's queues. */
import {
  BlockCommandProto_Action,
  type DatanodeCommandProto,
  DatanodeCommandProto_Type,
} from '../../protocol/gen/messages.ts';
import { recoveryLocations } from '../blocks/block-recovery.ts';
import { datanodeInfo, locatedBlock } from '../blocks/located-blocks.ts';
import type { DatanodeDescriptor } from '../blocks/locations/model.ts';
import { takeInvalidates } from '../blocks/redundancy/invalidate-blocks.ts';
import { QUEUE_LOW_REDUNDANCY } from '../blocks/redundancy/low-redundancy-blocks.ts';
import { streamLimit } from '../blocks/redundancy/redundancy.ts';
import type { DatanodeManagerState } from './datanode-state.ts';

export const REGISTER_COMMAND: DatanodeCommandProto = {
  cmdType: DatanodeCommandProto_Type.RegisterCommand,
  registerCmd: {},
};

/** Takes the commands of a DataNode from its queues. While safe mode is on, the commands stay in the queues. */
export function takeCommands(s: DatanodeManagerState, datanode: DatanodeDescriptor): DatanodeCommandProto[] {
  if (s.blockManager.safeMode.isOn) return [];
  return [
    takeTransfers(s, datanode),
    takeRecoveries(s, datanode),
    takeDeletions(s, datanode),
    takeBandwidth(datanode),
  ].filter((command) => command !== undefined);
}

function takeBandwidth(datanode: DatanodeDescriptor): DatanodeCommandProto | undefined {
  const bandwidth = datanode.balancerBandwidth;
  datanode.balancerBandwidth = 0;
  if (bandwidth <= 0) return undefined;
  return { cmdType: DatanodeCommandProto_Type.BalancerBandwidthCommand, balancerCmd: { bandwidth } };
}

function takeTransfers(s: DatanodeManagerState, datanode: DatanodeDescriptor): DatanodeCommandProto | undefined {
  const waiting = datanode.transfers.filter((t) => t.block.file !== undefined);
  const streams = {
    soft: s.blockManager.config.replicationStreamsMax,
    hard: s.blockManager.config.replicationStreamsHardMax,
  };
  const limit = streamLimit(datanode, QUEUE_LOW_REDUNDANCY, streams);
  const transfers = waiting.splice(0, Math.max(0, limit - datanode.xmitsInProgress));
  datanode.transfers = waiting;
  if (transfers.length === 0) return undefined;
  datanode.isCopying = true;
  // The DataNode has just sent a heartbeat, so the time of that heartbeat is the current time.
  datanode.transfersGivenMs = datanode.lastHeartbeatMs;
  return {
    cmdType: DatanodeCommandProto_Type.BlockCommand,
    blkCmd: {
      action: BlockCommandProto_Action.TRANSFER,
      blockPoolId: s.blockManager.config.blockPoolId,
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

function takeDeletions(s: DatanodeManagerState, datanode: DatanodeDescriptor): DatanodeCommandProto | undefined {
  // The DataNode has just sent a heartbeat, so the time of that heartbeat is the current time.
  const taken = takeInvalidates(datanode, s.config.invalidateLimit, datanode.lastHeartbeatMs);
  if (taken.length === 0) return undefined;
  const blocks = taken.map((block) => ({ ...block, numBytes: 0 }));
  return {
    cmdType: DatanodeCommandProto_Type.BlockCommand,
    blkCmd: {
      action: BlockCommandProto_Action.INVALIDATE,
      blockPoolId: s.blockManager.config.blockPoolId,
      blocks,
      targets: [],
      targetStorageUuids: [],
      targetStorageTypes: [],
    },
  };
}

/** Takes the block recoveries of which the DataNode is the primary. */
function takeRecoveries(s: DatanodeManagerState, datanode: DatanodeDescriptor): DatanodeCommandProto | undefined {
  const recovering = [...new Set(datanode.recoveries)].filter(
    (b) => b.file !== undefined && b.recovery?.primary === datanode,
  );
  datanode.recoveries = [];
  if (recovering.length === 0) return undefined;
  return {
    cmdType: DatanodeCommandProto_Type.BlockRecoveryCommand,
    recoveryCmd: {
      blocks: recovering.map((block) => {
        // The DataNode has just sent a heartbeat, so the time of that heartbeat is the current time.
        const storages = recoveryLocations(s.blockManager, block, datanode.lastHeartbeatMs);
        const newGenStamp = block.recovery?.id ?? block.genStamp;
        const { id: blockId, truncateTo } = block;
        return {
          newGenStamp,
          block: locatedBlock(s.blockManager.config.blockPoolId, block, 0, storages, false),
          truncateBlock:
            truncateTo === undefined ? undefined : { blockId, genStamp: newGenStamp, numBytes: truncateTo },
        };
      }),
    },
  };
}
