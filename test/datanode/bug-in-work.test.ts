// A bug in code that uses disks and sockets ends the DataNode: it is never answered or logged as an operation's failure.
import { once } from 'node:events';
import net from 'node:net';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { DataNode } from '../../datanode/datanode.ts';
import { NamenodeLink } from '../../datanode/link/namenode-link.ts';
import { BlockStore } from '../../datanode/replicas/block-store.ts';
import { BlockSender } from '../../datanode/transfer/block-sender.ts';
import { TransferLimit } from '../../datanode/transfer/transfer-limit.ts';
import { Volume } from '../../datanode/volumes/volume.ts';
import { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../protocol/datatransfer/data-transfer.ts';
import * as ClientDatanode from '../../protocol/gen/client-datanode.ts';
import {
  BlockCommandProto_Action as Action,
  BlockOpResponseProto,
  type DatanodeCommandProto,
  DatanodeCommandProto_Type,
  OpBlockChecksumProto,
  OpReplaceBlockProto,
  OpTransferBlockProto,
  StorageTypeProto,
} from '../../protocol/gen/messages.ts';
import type { MessageType } from '../../protocol/message.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { Bug } from '../../runtime/bug.ts';
import { deferred, nextTurn, nothing } from '../../runtime/promises.ts';
import { useTestBench } from './support/bench.ts';
import { extendedBlock, POOL, someBytes } from './support/blocks.ts';
import { infoOf } from './support/datanodes.ts';
import { expectEndedBy as endedBy, PLANTED } from './support/ended-by-bug.ts';
import { expectLost } from './support/lost-connection.ts';
import { readBlock } from './support/reader.ts';
import { TestWriter, writeWhole } from './support/writer.ts';

type AnyFunction = (...args: never[]) => unknown;

/** The function in which a bug is planted, and what plants it there. */
const planted = vi.hoisted(() => ({
  at: undefined as string | undefined,
  /** Returns the module with functions that throw a TypeError when a bug is planted in them. */
  in<M extends object>(original: M): M {
    const entries = Object.entries(original).map(([name, value]) => {
      if (typeof value !== 'function' || /^[A-Z]/.test(name)) return [name, value];
      const run = (...args: never[]): unknown => {
        if (planted.at === name) return Promise.reject(new TypeError('planted'));
        return (value as AnyFunction)(...args);
      };
      return [name, run];
    });
    return Object.fromEntries(entries) as M;
  },
}));

vi.mock(import('../../datanode/transfer/block-transfer.ts'), async (original) => planted.in(await original()));
vi.mock(import('../../datanode/transfer/block-checksum.ts'), async (original) => planted.in(await original()));
vi.mock(import('../../datanode/transfer/mirror.ts'), async (original) => planted.in(await original()));
vi.mock(import('../../datanode/context/inter-datanode.ts'), async (original) => planted.in(await original()));
vi.mock(import('../../datanode/replicas/storage-move.ts'), async (original) => planted.in(await original()));
vi.mock(import('../../datanode/rpc/operations.ts'), async (original) => planted.in(await original()));

const bench = useTestBench();
let datanode: DataNode;

beforeEach(async () => {
  vi.restoreAllMocks();
  planted.at = undefined;
  datanode = await bench.start('a');
});

const expectEndedBy = (operation: string): Promise<void> => endedBy(datanode, operation, bench.path('a'));
const bug = (): never => {
  throw new TypeError(PLANTED);
};

/** Sends an op of the data transfer port. Resolves when the DataNode has ended the connection without an answer. */
async function expectUnanswered<T>(opcode: number, type: MessageType<T>, header: T): Promise<void> {
  const { host, port } = datanode.xferAddress;
  const connection = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
  await connection.sendOp(opcode, type, header);
  await expectLost(connection.receiveMessage(BlockOpResponseProto));
}

const header = { baseHeader: { block: extendedBlock() }, clientName: 'client' };

describe('a bug in an op of the data transfer port is not answered', () => {
  beforeEach(() => writeWhole(infoOf(datanode), someBytes(512)));

  test('TRANSFER_BLOCK', async () => {
    planted.at = 'transferForPipeline';
    await expectUnanswered(Op.TRANSFER_BLOCK, OpTransferBlockProto, {
      ...{ header, targets: [infoOf(datanode)] },
      ...{ targetStorageTypes: [StorageTypeProto.DISK], targetStorageIds: [''] },
    });
    await expectEndedBy('DataXceiver.transferBlock');
  });

  test('BLOCK_CHECKSUM', async () => {
    planted.at = 'blockChecksum';
    await expectUnanswered(Op.BLOCK_CHECKSUM, OpBlockChecksumProto, { header: header.baseHeader });
    await expectEndedBy('DataXceiver.blockChecksum');
  });

  test('REPLACE_BLOCK', async () => {
    planted.at = 'moveAcrossStorage';
    const { datanodeUuid: delHint } = datanode;
    const op = { header: header.baseHeader, delHint, source: infoOf(datanode), storageType: StorageTypeProto.SSD };
    await expectUnanswered(Op.REPLACE_BLOCK, OpReplaceBlockProto, op);
    await expectEndedBy('DataXceiver.replaceBlock');
  });

  test.each([
    ['open', () => vi.spyOn(BlockSender, 'open').mockRejectedValue(new TypeError(PLANTED))],
    ['send', () => vi.spyOn(BlockSender.prototype, 'send').mockRejectedValue(new TypeError(PLANTED))],
  ])('READ_BLOCK, in BlockSender.%s', async (method, plant) => {
    plant();
    await expectLost(readBlock(infoOf(datanode), extendedBlock(), 0, 512));
    await expectEndedBy(`BlockSender.${method}`);
  });

  test('the count of connections that wait, after an op', async () => {
    const { host, port } = datanode.xferAddress;
    const connection = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
    vi.spyOn(TransferLimit.prototype, 'opened').mockImplementation(bug);
    await connection.sendOp(Op.BLOCK_CHECKSUM, OpBlockChecksumProto, { header: header.baseHeader });
    await connection.receiveMessage(BlockOpResponseProto);
    await expectEndedBy('DataXceiver.serve');
  });

  test('the count of connections that wait, when one is accepted', async () => {
    vi.spyOn(TransferLimit.prototype, 'opened').mockImplementation(bug);
    await expectUnanswered(Op.BLOCK_CHECKSUM, OpBlockChecksumProto, { header: header.baseHeader });
    await expectEndedBy('TransferLimit.opened');
  });
});

describe('a bug in a pipeline', () => {
  test.each([
    ['', 'the writer gets no bad link'],
    ['of a copy', 'the copy does not go on without the mirror'],
  ])('when the mirror is opened: %s %s', async (of) => {
    const next = await bench.start('b');
    planted.at = 'openMirror';
    const clientName = of === '' ? 'client' : '';
    const writer = await TestWriter.open(infoOf(datanode), { targets: [infoOf(next)], clientName });
    await expectLost(writer.setUp());
    await expectEndedBy('DataXceiver.openMirror');
  });

  test('when acks of the mirror are read: the writer does not hear that the mirror has failed', async () => {
    const next = await bench.start('b');
    const writer = await TestWriter.open(infoOf(datanode), { targets: [infoOf(next)] });
    vi.spyOn(DataConnection.prototype, 'receiveAcks').mockRejectedValue(new TypeError(PLANTED));
    await writer.setUp();
    await expectLost(writer.ack());
    await expectEndedBy('PacketResponder.receiveAcks');
  });

  test('when packets are sent to the mirror: the writer gets no ack', async () => {
    const next = await bench.start('b');
    const writer = await TestWriter.open(infoOf(datanode), { targets: [infoOf(next)] });
    await writer.setUp();
    const send = DataConnection.prototype.sendRaw;
    const mirrorPort = `:${next.xferAddress.port}`;
    vi.spyOn(DataConnection.prototype, 'sendRaw').mockImplementation(function (this: DataConnection, ...args) {
      if (this.remoteAddress.endsWith(mirrorPort)) return Promise.reject(new TypeError(PLANTED));
      return send.apply(this, args);
    });
    await writer.send(0, someBytes(512));
    await expectLost(writer.ack());
    await expectEndedBy('BlockReceiver.mirrorPackets');
  });
});

describe('a bug in a command of the NameNode', () => {
  const order = (command: DatanodeCommandProto): void => void bench.namenode.commands.push({ uuid: '', command });

  test('TRANSFER: it is not a copy that has failed', async () => {
    await writeWhole(infoOf(datanode), someBytes(512));
    planted.at = 'transferBlock';
    const { blockId, generationStamp: genStamp } = extendedBlock();
    const blocks = [{ blockId, genStamp, numBytes: 512 }];
    const lists = { targets: [], targetStorageUuids: [], targetStorageTypes: [] };
    const blkCmd = { action: Action.TRANSFER, blockPoolId: POOL, blocks, ...lists };
    order({ cmdType: DatanodeCommandProto_Type.BlockCommand, blkCmd });
    await expectEndedBy('CommandProcessor.transfer');
  });

  test.each([
    ['initReplicaRecovery', 'BlockRecovery.begin'],
    ['updateReplicaUnderRecovery', 'BlockRecovery.update'],
  ])('block recovery, in %s: the NameNode hears of no result', async (at, operation) => {
    await writeWhole(infoOf(datanode), someBytes(512));
    planted.at = at;
    const blockToken = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
    const lists = { isCached: [], storageTypes: [], storageIDs: [], blockTokens: [], locs: [infoOf(datanode)] };
    const block = { b: extendedBlock(), offset: 0, corrupt: false, blockToken, ...lists };
    const recoveryCmd = { blocks: [{ newGenStamp: 1002, block }] };
    order({ cmdType: DatanodeCommandProto_Type.BlockRecoveryCommand, recoveryCmd });
    await expectEndedBy(operation);
    expect(bench.namenode.synchronizations).toEqual([]);
  });
});

describe('a bug elsewhere', () => {
  /** Calls a method in which a bug is planted. Resolves when the call has failed without the bug's message. */
  async function callVisibleLength(): Promise<void> {
    const { host, port } = datanode.ipcAddress;
    const client = new RpcClient({ host, port, user: 'u', protocol: ClientDatanode.PROTOCOL, connectRetriesMax: 0 });
    bench.atEnd(() => client.close());
    const call = client.call(ClientDatanode.getReplicaVisibleLength, { block: extendedBlock() });
    await expect(call).rejects.not.toMatchObject({ message: expect.stringContaining(PLANTED) });
  }

  test('in a call of the IPC port: the call is not answered', async () => {
    planted.at = 'visibleLengthOf';
    await callVisibleLength();
    await expectEndedBy('ClientDatanodeProtocol.getReplicaVisibleLength');
  });

  test('every connection is cut at once, while the stop still waits for other parts', async () => {
    const held = deferred();
    const stop = NamenodeLink.prototype.stop;
    vi.spyOn(NamenodeLink.prototype, 'stop').mockImplementation(async function (this: NamenodeLink) {
      await held.promise;
      await stop.call(this);
    });
    const cut = [datanode.xferAddress, datanode.httpAddress, datanode.ipcAddress].map(async ({ host, port }) => {
      const socket = net.connect(port, host).on('error', nothing).resume();
      await once(socket, 'connect');
      return { closed: once(socket, 'close') };
    });
    const sockets = await Promise.all(cut);
    planted.at = 'visibleLengthOf';
    await callVisibleLength();
    await Promise.all(sockets.map((socket) => socket.closed));
    expect(await Promise.race([datanode.stopped, nextTurn().then(() => 'the stop waits')])).toBe('the stop waits');
    held.resolve();
    await expectEndedBy('ClientDatanodeProtocol.getReplicaVisibleLength');
  });

  test('in the check of the volumes: no volume counts as failed', async () => {
    vi.spyOn(Volume.prototype, 'refreshDisk').mockRejectedValue(new TypeError(PLANTED));
    await expectEndedBy('NamenodeLink');
    expect(bench.namenode.errors).toEqual([]);
  });

  test('when the DataNode joins the NameNode’s cluster: the start fails by the bug', async () => {
    await datanode.stop();
    vi.spyOn(BlockStore.prototype, 'attach').mockRejectedValue(new TypeError(PLANTED));
    const started = bench.start('a');
    await expect(started).rejects.toBeInstanceOf(Bug);
    await expect(started).rejects.toThrow('A bug in BlockStore.attach(');
  });
});
