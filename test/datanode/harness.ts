import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { Configuration } from '../../conf/configuration.ts';
import { DataNode } from '../../datanode/datanode.ts';
import { REPLICA_STATES, type ReportedReplica } from '../../datanode/link/block-report.ts';
import { decodeBlockReport } from '../../namenode/blocks/block-report.ts';
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { HEARTBEAT_SEQNO, Op, type Packet } from '../../protocol/datatransfer/data-transfer.ts';
import * as Datanode from '../../protocol/gen/datanode.ts';
import {
  BlockOpResponseProto,
  type BlockReportRequestProto,
  ClientReadStatusProto,
  type DatanodeCommandProto,
  type DatanodeInfoProto,
  type ExtendedBlockProto,
  type HeartbeatRequestProto,
  NNHAStatusHeartbeatProto_State,
  OpReadBlockProto,
  OpWriteBlockProto,
  type PipelineAckProto,
  type ReceivedDeletedBlockInfoProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  Status,
  StorageTypeProto,
} from '../../protocol/gen/messages.ts';
import { RpcServer } from '../../protocol/rpc/server.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { silentLogger } from '../../runtime/log.ts';
import { type Clock, systemClock } from '../../runtime/runtime.ts';

export const POOL = 'BP-1-127.0.0.1-2';
export const BLOCK_ID = 1073741825;

export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-datanode-'));
  return { path: directory, remove: () => fs.rm(directory, { recursive: true, force: true }) };
}

/** Resolves when the condition holds; the test's own time limit ends a wait that never does. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A NameNode that agrees to everything and remembers what it is told. */
export class FakeNameNode {
  clusterId = 'CID-1';
  registrations = 0;
  /** What a DataNode that asks for a lease gets: as a Hadoop NameNode's, a number of 64 bits. */
  reportLease = '-8234567890123456789';
  isSlowNode = false;
  readonly heartbeats: HeartbeatRequestProto[] = [];
  readonly blockReports: BlockReportRequestProto[] = [];
  readonly told: ReceivedDeletedBlockInfoProto[] = [];
  readonly badBlocks: ExtendedBlockProto[] = [];
  readonly errors: { errorCode: number; msg: string }[] = [];
  readonly synchronizations: { newLength: number; newGenStamp: number; deleteBlock: boolean; targets: number }[] = [];
  /** Given to the next heartbeat of the DataNode with that uuid, or of any with ''. */
  readonly commands: { uuid: string; command: DatanodeCommandProto }[] = [];
  port = 0;
  #server: RpcServer | undefined;

  async start(): Promise<this> {
    const server = new RpcServer({ name: 'NameNode', log: silentLogger, clock: systemClock });
    server.addProtocol(Datanode, {
      versionRequest: () => ({
        info: {
          buildVersion: 'x',
          unused: 0,
          blockPoolID: POOL,
          storageInfo: { layoutVersion: -66, namespceID: 7, clusterID: this.clusterId, cTime: 2 },
          softwareVersion: '3.4.2',
          capabilities: 1,
        },
      }),
      registerDatanode: ({ registration }) => {
        this.registrations++;
        return { registration };
      },
      sendHeartbeat: (request) => {
        this.heartbeats.push(request);
        const { datanodeUuid } = request.registration.datanodeID;
        const mine = this.commands.filter(({ uuid }) => uuid === '' || uuid === datanodeUuid);
        for (const taken of mine) this.commands.splice(this.commands.indexOf(taken), 1);
        return {
          cmds: mine.map((m) => m.command),
          haStatus: { state: NNHAStatusHeartbeatProto_State.ACTIVE, txid: 1 },
          fullBlockReportLeaseId: request.requestFullBlockReportLease ? this.reportLease : '0',
          isSlownode: this.isSlowNode,
        };
      },
      blockReport: (request) => {
        const { id = 0, leaseId = '0' } = request.context ?? {};
        if (leaseId !== '0' && leaseId !== this.reportLease) {
          const message = `Block report 0x${id.toString(16)} was rejected as lease ${leaseId} is invalid`;
          throw hadoopError('InvalidBlockReportLeaseException', message);
        }
        this.blockReports.push(request);
        return {};
      },
      blockReceivedAndDeleted: ({ blocks }) => {
        for (const storage of blocks) this.told.push(...storage.blocks);
        return {};
      },
      reportBadBlocks: ({ blocks }) => {
        this.badBlocks.push(...blocks.map((b) => b.b));
        return {};
      },
      errorReport: ({ errorCode, msg }) => {
        this.errors.push({ errorCode, msg });
        return {};
      },
      commitBlockSynchronization: ({ newLength, newGenStamp, deleteBlock, newTaragets }) => {
        this.synchronizations.push({ newLength, newGenStamp, deleteBlock, targets: newTaragets.length });
        return {};
      },
    });
    this.#server = server;
    this.port = (await server.listen(this.port, '127.0.0.1')).port;
    return this;
  }

  /** Replicas of the newest full report. */
  reported(): ReportedReplica[] {
    const last = this.blockReports.at(-1);
    return (last?.reports ?? []).flatMap((r) => decodeBlockList(r.blocksBuffers, r.numberOfBlocks));
  }

  async stop(): Promise<void> {
    await this.#server?.close();
  }
}

/** A storage's replicas, as a NameNode reads them. */
export function decodeBlockList(blocksBuffers: readonly Uint8Array[], numberOfBlocks = 0): ReportedReplica[] {
  const parts = decodeBlockReport({ blocks: [], numberOfBlocks, blocksBuffers }, Number.POSITIVE_INFINITY);
  return [...parts].flat().map(({ id: blockId, numBytes: bytesOnDisk, genStamp: generationStamp, state: number }) => {
    const state = REPLICA_STATES[number];
    if (state === undefined) throw new Error(`replica ${blockId} is in an unknown state`);
    return { blockId, bytesOnDisk, generationStamp, state };
  });
}

export function datanodeConf(
  namenode: FakeNameNode,
  directories: readonly string[],
  more: Record<string, string> = {},
): Configuration {
  return new Configuration({
    'dfs.namenode.rpc-address': `127.0.0.1:${namenode.port}`,
    'dfs.datanode.address': '127.0.0.1:0',
    'dfs.datanode.ipc.address': '127.0.0.1:0',
    'dfs.datanode.http.address': '127.0.0.1:0',
    'dfs.datanode.data.dir': directories.join(','),
    'dfs.blocksize': '1048576',
    'dfs.heartbeat.interval': '50ms',
    ...more,
  });
}

export function startDataNode(
  namenode: FakeNameNode,
  directories: readonly string[],
  more: Record<string, string> = {},
  clock: Clock = systemClock,
): Promise<DataNode> {
  return DataNode.start({ conf: datanodeConf(namenode, directories, more), log: silentLogger, clock });
}

export function infoOf(datanode: DataNode): DatanodeInfoProto {
  return {
    id: {
      ipAddr: datanode.xferAddress.host,
      hostName: datanode.xferAddress.host,
      datanodeUuid: datanode.datanodeUuid,
      xferPort: datanode.xferAddress.port,
      infoPort: datanode.httpAddress.port,
      ipcPort: datanode.ipcAddress.port,
    },
  };
}

export function extendedBlock(blockId = BLOCK_ID, generationStamp = 1001, numBytes = 0): ExtendedBlockProto {
  return { poolId: POOL, blockId, generationStamp, numBytes };
}

export const CRC32C = new DataChecksum('CRC32C', 512);

/** Bytes that differ from chunk to chunk. */
export function someBytes(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let x = seed;
  for (let i = 0; i < length; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    bytes[i] = x >>> 16;
  }
  return bytes;
}

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

/** A client's end of a write pipeline, without any of its recovery. */
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

export interface ReadResult {
  readonly response: BlockOpResponseProto;
  /** From chunkOffset on. */
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

/** A DataNode has these bytes of a block, with checksums that are right. */
export async function expectReplica(datanode: DataNode, generationStamp: number, data: Buffer, blockId = BLOCK_ID) {
  const read = await readBlock(infoOf(datanode), extendedBlock(blockId, generationStamp), 0, data.length);
  expect(read.response.status).toBe(Status.SUCCESS);
  expect(read.data.equals(data)).toBe(true);
  expect(read.checksums.equals(CRC32C.compute(data))).toBe(true);
}

/** Every file below a directory, by its path relative to it. */
export async function filesBelow(directory: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    files.set(path.relative(directory, file), await fs.readFile(file));
  }
  return files;
}

/** A NameNode that agrees to everything, a directory, and DataNodes on it, anew for each test of the file. */
export interface TestBench {
  readonly namenode: FakeNameNode;
  /** Path below the test's directory. */
  path(...names: string[]): string;
  /** Path below the block pool's directory of a volume. */
  pool(volume: string, ...names: string[]): string;
  /** Starts a DataNode whose volumes are the directories of those names. */
  start(volumes?: string | readonly string[], more?: Record<string, string>, clock?: Clock): Promise<DataNode>;
  /** Leaves the stop of a DataNode to the test. */
  forget(datanode: DataNode): void;
  /** Runs when the test ends, before the DataNodes' directories are removed. */
  atEnd(stop: () => Promise<void>): void;
}

export function useTestBench(): TestBench {
  let bench: { namenode: FakeNameNode; directory: Awaited<ReturnType<typeof temporaryDirectory>> } | undefined;
  const stops: (() => Promise<void>)[] = [];
  const datanodes = new Set<DataNode>();
  const current = () => {
    if (!bench) throw new Error('no test is running');
    return bench;
  };
  beforeEach(async () => {
    bench = { namenode: await new FakeNameNode().start(), directory: await temporaryDirectory() };
  });
  afterEach(async () => {
    await Promise.all([...datanodes].map((datanode) => datanode.stop()));
    datanodes.clear();
    await Promise.all(stops.splice(0).map((stop) => stop()));
    await current().namenode.stop();
    await current().directory.remove();
  });
  const below = (...names: string[]): string => path.join(current().directory.path, ...names);
  return {
    get namenode() {
      return current().namenode;
    },
    path: below,
    pool: (volume, ...names) => below(volume, 'current', POOL, ...names),
    start: async (volumes = 'a', more = {}, clock = systemClock) => {
      const directories = [volumes].flat().map((name) => below(name));
      const datanode = await startDataNode(current().namenode, directories, more, clock);
      datanodes.add(datanode);
      return datanode;
    },
    forget: (datanode) => void datanodes.delete(datanode),
    atEnd: (stop) => void stops.push(stop),
  };
}

/** Places of a block's files below a pool's directory. */
export const RBW_DIRECTORY = ['current', 'rbw'] as const;
export const FINALIZED_DIRECTORY = ['current', 'finalized', 'subdir0', 'subdir0'] as const;
