// REPLACE_BLOCK and COPY_BLOCK for the balancer, and the limits on them (Hadoop: DataXceiver, DataTransferThrottler).
import fs from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { currentUser } from '../../../conf/configuration.ts';
import { BlockBalanceThrottler, DataTransferThrottler } from '../../../datanode/context/data-transfer-throttler.ts';
import type { DataNode } from '../../../datanode/datanode.ts';
import { DataConnection } from '../../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../../protocol/datatransfer/data-transfer.ts';
import * as ClientDatanode from '../../../protocol/gen/client-datanode.ts';
import {
  BlockOpResponseProto,
  ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus,
  DatanodeCommandProto_Type as CommandType,
  OpCopyBlockProto,
  OpReplaceBlockProto,
  Status,
  StorageTypeProto,
} from '../../../protocol/gen/messages.ts';
import { RpcClient } from '../../../protocol/rpc/client.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf, startDataNode } from '../support/datanodes.ts';
import { FINALIZED_DIRECTORY } from '../support/files.ts';
import { readBlock } from '../support/reader.ts';
import { writeWhole } from '../support/writer.ts';

const bench = useTestBench();

const connect = async (datanode: DataNode): Promise<DataConnection> => {
  const { host, port } = datanode.xferAddress;
  const connection = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
  bench.atEnd(async () => connection.destroy());
  return connection;
};

/** Sends the target the op that the balancer sends for one move. Returns the first answer. */
async function replace(source: DataNode, target: DataNode): Promise<BlockOpResponseProto> {
  const connection = await connect(target);
  await connection.sendOp(Op.REPLACE_BLOCK, OpReplaceBlockProto, {
    header: { block: extendedBlock() },
    delHint: source.datanodeUuid,
    source: infoOf(source),
    storageType: StorageTypeProto.DISK,
  });
  return connection.receiveMessage(BlockOpResponseProto);
}

const NO_MOVES = { 'dfs.datanode.balance.max.concurrent.moves': '0' };

describe('replaceBlock and copyBlock, for the balancer', () => {
  test('a move: the copy is there before the NameNode is asked to delete the source’s', async () => {
    const [source, target] = [await bench.start('a'), await bench.start('b')];
    const data = someBytes(1_000_000);
    await writeWhole(infoOf(source), data);
    expect(await replace(source, target)).toMatchObject({ status: Status.SUCCESS });
    await until(() => bench.namenode.told.some((b) => b.deleteHint === source.datanodeUuid));
    expect(bench.namenode.told.find((b) => b.deleteHint)).toMatchObject({
      status: BlockStatus.RECEIVED,
      block: { blockId: BLOCK_ID, numBytes: data.length },
    });
    for (const node of [source, target]) {
      expect((await readBlock(infoOf(node), extendedBlock(), 0, data.length)).data.equals(data)).toBe(true);
    }
  });

  test('a target that has the block says so, and keeps what it has', async () => {
    const [source, target] = [await bench.start('a'), await bench.start('b')];
    for (const node of [source, target]) await writeWhole(infoOf(node), someBytes(1000));
    const response = await replace(source, target);
    expect(response.status).toBe(Status.ERROR);
    expect(response.message).toContain('already exists in state FINALIZED and thus cannot be created.');
    expect((await readBlock(infoOf(target), extendedBlock(), 0, 1000)).response.status).toBe(Status.SUCCESS);
  });

  test('dfs.datanode.balance.max.concurrent.moves: a target that has enough to do refuses', async () => {
    const [source, target] = [await bench.start('a'), await bench.start('b', NO_MOVES)];
    await writeWhole(infoOf(source), someBytes(1000));
    const response = await replace(source, target);
    expect(response.status).toBe(Status.ERROR);
    expect(response.message).toMatch(/^Not able to receive block \d+ from \S+ because threads quota is exceeded\.$/);
  });

  test('dfs.datanode.balance.max.concurrent.moves: a source that has enough to do refuses, too', async () => {
    const [source, target] = [await bench.start('a', NO_MOVES), await bench.start('b')];
    await writeWhole(infoOf(source), someBytes(1000));
    const connection = await connect(source);
    await connection.sendOp(Op.COPY_BLOCK, OpCopyBlockProto, { header: { block: extendedBlock() } });
    const answer = await connection.receiveMessage(BlockOpResponseProto);
    expect(answer.message).toMatch(/^Not able to copy block \d+ to \S+ because threads quota is exceeded\.$/);
    const response = await replace(source, target);
    expect(response.message).toContain(`Copy block BP-1-127.0.0.1-2:blk_${BLOCK_ID}_1001 from`);
    expect(bench.namenode.told.some((b) => b.deleteHint)).toBe(false);
  });

  test.each([
    ['source', '1', '100m'],
    ['target', '100m', '1'],
  ])(
    'dfs.datanode.balance.bandwidthPerSec of the %s holds a move up, but not the end of the DataNode',
    async (...c) => {
      const [, ofSource, ofTarget] = c;
      const key = 'dfs.datanode.balance.bandwidthPerSec';
      const [source, target] = [
        await bench.start('a', { [key]: ofSource }),
        await bench.start('b', { [key]: ofTarget }),
      ];
      await writeWhole(infoOf(source), someBytes(3_000_000));
      const answer = replace(source, target).then(
        ({ status }) => status,
        () => 'cut off',
      );
      // At one byte a second the copy would take very long. It has begun when its file exists.
      await until(async () => (await fs.readdir(bench.pool('b', 'tmp'))).length > 0);
      await Promise.all([source.stop(), target.stop()]);
      expect(await answer).not.toBe(Status.SUCCESS);
      expect(bench.namenode.told.some((b) => b.deleteHint)).toBe(false);
    },
  );

  // Hadoop: FsDatasetImpl.moveBlockAcrossStorage. The mover asks for such a move after a change of storage policy.
  describe('within one DataNode', () => {
    const startTiered = async () => {
      const datanode = await startDataNode(bench.namenode, [bench.path('disk'), `[ARCHIVE]${bench.path('archive')}`]);
      bench.atEnd(() => datanode.stop());
      return datanode;
    };
    const move = async (datanode: DataNode, storageType: StorageTypeProto, numBytes: number) => {
      const connection = await connect(datanode);
      await connection.sendOp(Op.REPLACE_BLOCK, OpReplaceBlockProto, {
        header: { block: extendedBlock(BLOCK_ID, 1001, numBytes) },
        delHint: '',
        source: infoOf(datanode),
        storageType,
      });
      return connection.receiveMessage(BlockOpResponseProto);
    };

    test('a replica goes to a storage of the other type, and the NameNode hears of it there', async () => {
      const datanode = await startTiered();
      const data = someBytes(100_000);
      await writeWhole(infoOf(datanode), data);
      expect(await move(datanode, StorageTypeProto.ARCHIVE, data.length)).toMatchObject({ status: Status.SUCCESS });
      const files = [`blk_${BLOCK_ID}`, `blk_${BLOCK_ID}_1001.meta`];
      expect((await fs.readdir(bench.pool('archive', ...FINALIZED_DIRECTORY))).sort()).toEqual(files);
      expect(await fs.readdir(bench.pool('disk', ...FINALIZED_DIRECTORY))).toEqual([]);
      expect(await fs.readdir(bench.pool('archive', 'tmp'))).toEqual([]);
      expect((await readBlock(infoOf(datanode), extendedBlock(), 0, data.length)).data.equals(data)).toBe(true);
      const received = () => bench.namenode.told.filter((b) => b.status === BlockStatus.RECEIVED);
      await until(() => received().length === 2);
      await until(() => {
        const used = bench.namenode.heartbeats.at(-1)?.reports.map((r) => [r.storage?.storageType, r.dfsUsed]);
        const metaBytes = 7 + 4 * Math.ceil(data.length / 512);
        return (
          JSON.stringify(used) ===
          JSON.stringify([
            [StorageTypeProto.DISK, 0],
            [StorageTypeProto.ARCHIVE, data.length + metaBytes],
          ])
        );
      });
    });

    test('what can not be moved stays, and the caller hears why', async () => {
      const datanode = await startTiered();
      await writeWhole(infoOf(datanode), someBytes(1000));
      const moves = [
        await move(datanode, StorageTypeProto.DISK, 1000),
        await move(datanode, StorageTypeProto.ARCHIVE, 999),
        await move(datanode, StorageTypeProto.SSD, 1000),
      ];
      expect(moves.map(({ status }) => status)).toEqual([Status.ERROR, Status.ERROR, Status.ERROR]);
      expect(moves[0]?.message).toContain('already exists on storage DISK');
      expect(moves[1]?.message).toContain('with a length of 1000 expected length is 999');
      expect(moves[2]?.message).toContain('No more available volumes');
      expect(await fs.readdir(bench.pool('disk', ...FINALIZED_DIRECTORY))).toHaveLength(2);
    });
  });

  test('dfsadmin -setBalancerBandwidth comes as BalancerBandwidthCommand', async () => {
    const datanode = await bench.start();
    const { host, port } = datanode.ipcAddress;
    const client = new RpcClient({ host, port, protocol: ClientDatanode.PROTOCOL, user: currentUser() });
    bench.atEnd(() => client.close());
    const tell = (bandwidth: number) =>
      bench.namenode.commands.push({
        uuid: '',
        command: { cmdType: CommandType.BalancerBandwidthCommand, balancerCmd: { bandwidth } },
      });
    const bandwidth = async () => (await client.call(ClientDatanode.getBalancerBandwidth, {})).bandwidth;
    tell(12_345_678);
    await until(async () => (await bandwidth()) === 12_345_678);
    tell(0);
    await until(() => bench.namenode.commands.length === 0);
    expect(await bandwidth()).toBe(12_345_678);
  });
});

describe('DataTransferThrottler', () => {
  const clock = { nowMs: 0, now: () => 0, monotonicMs: () => clock.nowMs };

  test('sends a period’s worth at once, then waits until it is paid for', async () => {
    clock.nowMs = 10_000;
    const throttler = new DataTransferThrottler(1000, clock);
    expect(throttler.throttle(500)).toBeUndefined();
    const held = throttler.throttle(1);
    clock.nowMs += 1000;
    expect(throttler.throttle(499)).toBeUndefined();
    expect(throttler.throttle(200)).toBeInstanceOf(Promise);
    throttler.close();
    await held;
    expect(throttler.throttle(1_000_000)).toBeUndefined();
  });

  test('0 is no limit, and a new bandwidth holds at once', () => {
    const throttler = new DataTransferThrottler(0, clock);
    expect(throttler.throttle(1e12)).toBeUndefined();
    throttler.setBandwidth(1000);
    expect(throttler.throttle(10_000)).toBeInstanceOf(Promise);
    throttler.close();
  });

  test('BlockBalanceThrottler: as many moves as there are places', () => {
    const throttler = new BlockBalanceThrottler(0, 2, clock);
    expect([throttler.acquire(), throttler.acquire(), throttler.acquire()]).toEqual([true, true, false]);
    throttler.release();
    expect(throttler.acquire()).toBe(true);
  });
});
