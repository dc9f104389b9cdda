/** Reads blocks from a DataNode as a client does. */
import { expect } from 'vitest';
import type { DataNode } from '../../../datanode/datanode.ts';
import { DataConnection } from '../../../protocol/datatransfer/data-connection.ts';
import { Op, type Packet } from '../../../protocol/datatransfer/data-transfer.ts';
import {
  BlockOpResponseProto,
  ClientReadStatusProto,
  type DatanodeInfoProto,
  type ExtendedBlockProto,
  OpReadBlockProto,
  Status,
} from '../../../protocol/gen/messages.ts';
import { BLOCK_ID, CRC32C, extendedBlock } from './blocks.ts';
import { infoOf } from './datanodes.ts';

export interface ReadResult {
  readonly response: BlockOpResponseProto;
  /** The bytes from the first chunk's start on: chunkOffset in the response. */
  readonly data: Buffer;
  readonly checksums: Buffer;
  readonly packets: readonly Packet[];
}

export async function readBlock(
  from: DatanodeInfoProto,
  block: ExtendedBlockProto,
  offset: number,
  length: number,
  sendChecksums = true,
): Promise<ReadResult> {
  const connection = await DataConnection.connect({ host: from.id.ipAddr, port: from.id.xferPort, timeoutMs: 10_000 });
  try {
    const header = { baseHeader: { block }, clientName: 'client' };
    await connection.sendOp(Op.READ_BLOCK, OpReadBlockProto, { header, offset, len: length, sendChecksums });
    const response = await connection.receiveMessage(BlockOpResponseProto);
    const packets: Packet[] = [];
    while (response.status === Status.SUCCESS && !packets.at(-1)?.lastPacketInBlock)
      packets.push(await connection.receivePacket());
    if (response.status === Status.SUCCESS)
      await connection.sendMessage(ClientReadStatusProto, { status: Status.CHECKSUM_OK });
    return {
      response,
      packets,
      data: Buffer.concat(packets.map((p) => p.data)),
      checksums: Buffer.concat(packets.map((p) => p.checksums)),
    };
  } finally {
    connection.destroy();
  }
}

/** Expects a DataNode to have these bytes of a block, with the right checksums. */
export async function expectReplica(datanode: DataNode, generationStamp: number, data: Buffer, blockId = BLOCK_ID) {
  const read = await readBlock(infoOf(datanode), extendedBlock(blockId, generationStamp), 0, data.length);
  expect(read.response.status).toBe(Status.SUCCESS);
  expect(read.data.equals(data)).toBe(true);
  expect(read.checksums.equals(CRC32C.compute(data))).toBe(true);
}
