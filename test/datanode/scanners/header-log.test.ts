// The log of meta headers: the header of a replica that was finalized after the last save of the record, and rots before
// the next start after a `kill -9`, is found by the block scanner.
import fs from 'node:fs/promises';
import { expect, test } from 'vitest';
import { currentUser } from '../../../conf/configuration.ts';
import type { DataNode } from '../../../datanode/datanode.ts';
import { decodeLog, encodeLogEntry, type KnownHeader } from '../../../datanode/replicas/header-record.ts';
import { VolumeLog } from '../../../datanode/volumes/volume-log.ts';
import { DataConnection } from '../../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../../protocol/datatransfer/data-transfer.ts';
import * as InterDatanode from '../../../protocol/gen/inter-datanode.ts';
import {
  BlockOpResponseProto,
  OpReplaceBlockProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  Status,
  StorageTypeProto,
} from '../../../protocol/gen/messages.ts';
import { RpcClient } from '../../../protocol/rpc/client.ts';
import { deferred } from '../../../runtime/promises.ts';
import { type Clock, systemClock } from '../../../runtime/runtime.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { FINALIZED_DIRECTORY, temporaryDirectory } from '../support/files.ts';
import { TestWriter, writeWhole } from '../support/writer.ts';

const bench = useTestBench();
const FAST = { 'dfs.block.scanner.volume.bytes.per.second': '1g' };
/** A block of one chunk: a header that tells of larger chunks does not contradict the data. */
const DATA = someBytes(300);
/** The byte of the header that makes chunks of 512 bytes chunks of 1536 bytes. */
const LARGER_CHUNKS = { at: 5, mask: 0x04 };
const TOKEN = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
const LISTS = { isCached: [], storageTypes: [], storageIDs: [], blockTokens: [] };

/** Has a DataNode cut its replica to 200 bytes under generation stamp 1010, as a recovery does (InterDatanodeProtocol). */
async function recover(datanode: DataNode, newBlockId = BLOCK_ID): Promise<void> {
  const { host, port } = datanode.ipcAddress;
  const peer = new RpcClient({ host, port, protocol: InterDatanode.PROTOCOL, user: currentUser() });
  bench.atEnd(() => peer.close());
  const block = extendedBlock(BLOCK_ID, 1001, DATA.length);
  const located = { b: block, offset: 0, corrupt: false, blockToken: TOKEN, ...LISTS, locs: [infoOf(datanode)] };
  await peer.call(InterDatanode.initReplicaRecovery, { block: { newGenStamp: 1010, block: located } });
  await peer.call(InterDatanode.updateReplicaUnderRecovery, { block, recoveryId: 1010, newLength: 200, newBlockId });
}

async function append(datanode: DataNode): Promise<void> {
  const options = { stage: Stage.PIPELINE_SETUP_APPEND, latestGenerationStamp: 1002 };
  const writer = await TestWriter.open(infoOf(datanode), { ...options, minBytesRcvd: 300, maxBytesRcvd: 300 });
  expect((await writer.setUp()).status).toBe(Status.SUCCESS);
  await writer.send(300, someBytes(50));
  await writer.last(350);
  for (const _packet of ['data', 'end']) expect((await writer.ack()).reply).toEqual([Status.SUCCESS]);
  writer.close();
}

async function copy(source: DataNode, target: DataNode): Promise<void> {
  const { host, port } = target.xferAddress;
  const connection = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
  await connection.sendOp(Op.REPLACE_BLOCK, OpReplaceBlockProto, {
    header: { block: extendedBlock() },
    delHint: source.datanodeUuid,
    source: infoOf(source),
    storageType: StorageTypeProto.DISK,
  });
  expect(await connection.receiveMessage(BlockOpResponseProto)).toMatchObject({ status: Status.SUCCESS });
  connection.destroy();
}

interface Way {
  /** The block that is finalized. */
  readonly blockId?: number;
  readonly generationStamp: number;
  readonly numBytes: number;
  finalize(datanode: DataNode): Promise<void>;
}

const ways: Record<string, Way> = {
  written: { generationStamp: 1001, numBytes: 300, finalize: async () => undefined },
  'appended to': { generationStamp: 1002, numBytes: 350, finalize: append },
  recovered: { generationStamp: 1010, numBytes: 200, finalize: recover },
  'truncated, as a copy under a new block id': {
    blockId: BLOCK_ID + 1,
    generationStamp: 1010,
    numBytes: 200,
    finalize: (datanode) => recover(datanode, BLOCK_ID + 1),
  },
};

const later: Clock = { ...systemClock, now: () => systemClock.now() + 505 * 3_600_000 };

/** Takes the directory as a `kill -9` would leave it, damages a header in it, and expects that a DataNode there finds it. */
async function expectFound(datanode: DataNode, volume: string, { blockId = BLOCK_ID, ...way }: Way): Promise<void> {
  await fs.cp(bench.path(volume), bench.path('killed'), { recursive: true });
  await datanode.stop();
  const block = extendedBlock(blockId, way.generationStamp, way.numBytes);
  const meta = bench.pool('killed', ...FINALIZED_DIRECTORY, `blk_${blockId}_${way.generationStamp}.meta`);
  const bytes = await fs.readFile(meta);
  bytes[LARGER_CHUNKS.at] = (bytes[LARGER_CHUNKS.at] ?? 0) ^ LARGER_CHUNKS.mask;
  await fs.writeFile(meta, bytes);
  await bench.start('killed', FAST, later);
  await until(() => bench.namenode.badBlocks.length > 0, 'a report of the damaged header');
  expect(bench.namenode.badBlocks).toEqual([block]);
}

test.each(Object.entries(ways))('the header of a block that was %s', async (_how, way) => {
  const datanode = await bench.start('a', FAST);
  await writeWhole(infoOf(datanode), DATA);
  await way.finalize(datanode);
  await expectFound(datanode, 'a', way);
});

test('the header of a block that was copied', async () => {
  const [source, target] = [await bench.start('a', FAST), await bench.start('b', FAST)];
  await writeWhole(infoOf(source), DATA);
  await copy(source, target);
  await source.stop();
  await expectFound(target, 'b', { generationStamp: 1001, numBytes: 300, finalize: async () => undefined });
});

const spec = { type: 'CRC32C', bytesPerChecksum: 512 } as const;
const headers: KnownHeader[] = [7, 8, 9].map((blockId) => ({ blockId, generationStamp: 1001, spec }));

test('an entry that is torn or damaged is left out, and no other one', () => {
  const bytes = Buffer.concat(headers.map(encodeLogEntry));
  expect([...decodeLog(bytes)]).toEqual(headers);
  const length = bytes.length / headers.length;
  for (let cut = 0; cut < bytes.length; cut++) {
    expect([...decodeLog(bytes.subarray(0, cut))]).toEqual(headers.slice(0, Math.floor(cut / length)));
    const damaged = Buffer.from(bytes);
    damaged[cut] = (damaged[cut] ?? 0) ^ 0x10;
    expect([...decodeLog(damaged)]).toEqual(headers.filter((_header, i) => i !== Math.floor(cut / length)));
  }
});

test.each([true, false])(
  'entries wait for the change before a rotation, and the later ones stay (fast disk: %s)',
  async (fast) => {
    const directory = await temporaryDirectory();
    bench.atEnd(() => directory.remove());
    const open = () => new VolumeLog(directory.path, 'log', { isFast: () => fast });
    const text = async () => Promise.all((await open().files()).map((file) => fs.readFile(file, 'utf8')));
    const log = open();
    const change = deferred();
    const first = log.logged(Buffer.from('a'), () => change.promise);
    const second = log.logged(Buffer.from('b'), async () => undefined);
    await second;
    let isRotated = false;
    const rotation = log.rotate().then((number) => {
      isRotated = true;
      return number;
    });
    await log.logged(Buffer.from('c'), async () => undefined);
    expect(isRotated).toBe(false);
    expect(await text()).toEqual(['ab', 'c']);
    change.resolve();
    await first;
    await log.dropBefore(await rotation);
    expect(await text()).toEqual(['c']);
    await log.close();
  },
);
