/** Writes blocks to DataNodes as a client does. */
import type { DataChecksum } from '../../../protocol/checksum/checksum.ts';
import { DataConnection } from '../../../protocol/datatransfer/data-connection.ts';
import { HEARTBEAT_SEQNO, Op, type Packet } from '../../../protocol/datatransfer/data-transfer.ts';
import {
  BlockOpResponseProto,
  type DatanodeInfoProto,
  type ExtendedBlockProto,
  OpWriteBlockProto,
  type PipelineAckProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  Status,
  StorageTypeProto,
} from '../../../protocol/gen/messages.ts';
import { CRC32C, extendedBlock } from './blocks.ts';

export interface WriteOptions {
  readonly block?: ExtendedBlockProto;
  readonly targets?: readonly DatanodeInfoProto[];
  readonly stage?: Stage;
  readonly clientName?: string;
  readonly checksum?: DataChecksum;
  readonly minBytesRcvd?: number;
  readonly maxBytesRcvd?: number;
  readonly latestGenerationStamp?: number;
}

/** A client of one write pipeline, without the recovery that a real client has. */
export class TestWriter {
  readonly connection: DataConnection;
  readonly checksum: DataChecksum;
  seqno = 0;

  constructor(connection: DataConnection, checksum: DataChecksum) {
    this.connection = connection;
    this.checksum = checksum;
  }

  static async open(first: DatanodeInfoProto, options: WriteOptions = {}): Promise<TestWriter> {
    const { block = extendedBlock(), targets = [], stage = Stage.PIPELINE_SETUP_CREATE, checksum = CRC32C } = options;
    const connection = await DataConnection.connect({
      host: first.id.ipAddr,
      port: first.id.xferPort,
      timeoutMs: 10_000,
    });
    await connection.sendOp(Op.WRITE_BLOCK, OpWriteBlockProto, {
      header: { baseHeader: { block }, clientName: options.clientName ?? 'client' },
      targets: [...targets],
      stage,
      pipelineSize: targets.length + 1,
      minBytesRcvd: options.minBytesRcvd ?? 0,
      maxBytesRcvd: options.maxBytesRcvd ?? 0,
      latestGenerationStamp: options.latestGenerationStamp ?? block.generationStamp,
      requestedChecksum: checksum.toProto(),
      storageType: StorageTypeProto.DISK,
      targetStorageTypes: targets.map(() => StorageTypeProto.DISK),
      targetPinnings: targets.map(() => false),
      targetStorageIds: targets.map(() => ''),
    });
    return new TestWriter(connection, checksum);
  }

  setUp(): Promise<BlockOpResponseProto> {
    return this.connection.receiveMessage(BlockOpResponseProto);
  }

  async send(offsetInBlock: number, data: Buffer, more: Partial<Packet> = {}): Promise<number> {
    const seqno = this.seqno++;
    const checksums = this.checksum.compute(data);
    await this.connection.sendPacket({
      offsetInBlock,
      seqno,
      lastPacketInBlock: false,
      syncBlock: false,
      checksums,
      data,
      ...more,
    });
    return seqno;
  }

  heartbeat(): Promise<void> {
    const empty = Buffer.alloc(0);
    const packet = { offsetInBlock: 0, lastPacketInBlock: false, syncBlock: false, checksums: empty, data: empty };
    return this.connection.sendPacket({ ...packet, seqno: HEARTBEAT_SEQNO });
  }

  last(offsetInBlock: number): Promise<number> {
    return this.send(offsetInBlock, Buffer.alloc(0), { lastPacketInBlock: true });
  }

  ack(): Promise<PipelineAckProto> {
    return this.connection.receiveAck();
  }

  close(): void {
    this.connection.destroy();
  }
}

/** Writes a whole block and waits for its last ack. */
export async function writeWhole(
  first: DatanodeInfoProto,
  data: Buffer,
  options: WriteOptions = {},
  packetBytes = 64 * 1024,
): Promise<PipelineAckProto[]> {
  const writer = await TestWriter.open(first, options);
  try {
    const response = await writer.setUp();
    if (response.status !== Status.SUCCESS) throw new Error(`set-up failed: ${response.message}`);
    const acks: PipelineAckProto[] = [];
    const packets = Math.ceil(data.length / packetBytes) + 1;
    const sending = (async () => {
      for (let at = 0; at < data.length; at += packetBytes) await writer.send(at, data.subarray(at, at + packetBytes));
      await writer.last(data.length);
    })();
    for (let i = 0; i < packets; i++) acks.push(await writer.ack());
    await sending;
    return acks;
  } finally {
    writer.close();
  }
}
