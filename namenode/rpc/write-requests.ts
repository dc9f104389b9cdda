/** Turns the larger requests of a writer into commands of the namesystem. Pure. */

import {
  type AbandonBlockRequestProto,
  AddBlockFlagProto,
  type AddBlockRequestProto,
  type CompleteRequestProto,
  type CreateRequestProto,
  type DatanodeInfoProto,
  type ExtendedBlockProto,
  type GetAdditionalDatanodeRequestProto,
  type UpdatePipelineRequestProto,
} from '../../protocol/gen/messages.ts';
import type { Caller } from '../command/caller.ts';
import type { Command } from '../namesystem/namesystem.ts';
import type { ClientBlock } from '../writing/write-file-op.ts';

export const clientBlock = (block: ExtendedBlockProto): ClientBlock => ({ ...block, numBytes: block.numBytes ?? 0 });
const optionalBlock = (block: ExtendedBlockProto | undefined) => (block === undefined ? undefined : clientBlock(block));
const uuidsOf = (nodes: readonly DatanodeInfoProto[]): string[] => nodes.map((node) => node.id.datanodeUuid);

export function createCommand(request: CreateRequestProto, caller: Caller): Command<'create'> {
  return {
    op: 'create',
    caller,
    path: request.src,
    permission: request.masked.perm,
    clientName: request.clientName,
    flags: request.createFlag,
    createParent: request.createParent,
    replication: request.replication,
    blockSizeBytes: request.blockSize,
  };
}

export function addBlockCommand(request: AddBlockRequestProto, caller: Caller): Command<'addBlock'> {
  return {
    op: 'addBlock',
    caller,
    path: request.src,
    fileId: request.fileId ?? 0,
    clientName: request.clientName,
    previous: optionalBlock(request.previous),
    excludedUuids: uuidsOf(request.excludeNodes),
    favoredNodes: request.favoredNodes,
    noLocalWrite: request.flags.includes(AddBlockFlagProto.NO_LOCAL_WRITE),
    ignoreClientLocality: request.flags.includes(AddBlockFlagProto.IGNORE_CLIENT_LOCALITY),
  };
}

export function completeCommand(request: CompleteRequestProto, caller: Caller): Command<'complete'> {
  return {
    op: 'complete',
    caller,
    path: request.src,
    fileId: request.fileId ?? 0,
    clientName: request.clientName,
    last: optionalBlock(request.last),
  };
}

export function abandonBlockCommand(request: AbandonBlockRequestProto, caller: Caller): Command<'abandonBlock'> {
  return {
    op: 'abandonBlock',
    caller,
    path: request.src,
    fileId: request.fileId ?? 0,
    clientName: request.holder,
    block: clientBlock(request.b),
  };
}

export function updatePipelineCommand(request: UpdatePipelineRequestProto): Command<'updatePipeline'> {
  return {
    op: 'updatePipeline',
    clientName: request.clientName,
    oldBlock: clientBlock(request.oldBlock),
    newBlock: clientBlock(request.newBlock),
    datanodeUuids: request.newNodes.map((node) => node.datanodeUuid),
    storageUuids: request.storageIDs,
  };
}

export function getAdditionalDatanodeCommand(
  request: GetAdditionalDatanodeRequestProto,
  caller: Caller,
): Command<'getAdditionalDatanode'> {
  return {
    op: 'getAdditionalDatanode',
    caller,
    path: request.src,
    fileId: request.fileId ?? 0,
    clientName: request.clientName,
    block: clientBlock(request.blk),
    existing: request.existings.map((node, i) => ({
      datanodeUuid: node.id.datanodeUuid,
      storageUuid: request.existingStorageUuids[i],
    })),
    excludedUuids: uuidsOf(request.excludes),
    count: request.numAdditionalNodes,
  };
}
