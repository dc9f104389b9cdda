// The DataNode carries out the NameNode's commands (Hadoop: BPOfferService.processCommandFromActive).
import fs from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DataNode } from '../../datanode/datanode.ts';
import {
  BlockCommandProto_Action as Action,
  ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus,
  DatanodeCommandProto_Type as CommandType,
  Status,
  StorageTypeProto,
} from '../../protocol/gen/messages.ts';
import { until } from '../support/until.ts';
import { useTestBench } from './support/bench.ts';
import { BLOCK_ID, extendedBlock, POOL, someBytes } from './support/blocks.ts';
import { infoOf } from './support/datanodes.ts';
import type { FakeNameNode } from './support/fake-namenode.ts';
import { FINALIZED_DIRECTORY } from './support/files.ts';
import { readBlock } from './support/reader.ts';
import { TestWriter, writeWhole } from './support/writer.ts';

const bench = useTestBench();
const { start } = bench;
let namenode: FakeNameNode;
let datanode: DataNode;
beforeEach(async () => {
  ({ namenode } = bench);
  datanode = await start();
});

const blockCommand = (action: Action, blockId: number, genStamp: number, target?: DataNode) => ({
  cmdType: CommandType.BlockCommand,
  blkCmd: {
    action,
    blockPoolId: POOL,
    blocks: [{ blockId, genStamp }],
    targets: target ? [{ datanodes: [infoOf(target)] }] : [],
    targetStorageUuids: target ? [{ storageUuids: [''] }] : [],
    targetStorageTypes: target ? [{ storageTypes: [StorageTypeProto.DISK] }] : [],
  },
});

describe('commands of the NameNode', () => {
  test('INVALIDATE deletes a replica and says so', async () => {
    await writeWhole(infoOf(datanode), someBytes(10));
    namenode.commands.push({ uuid: '', command: blockCommand(Action.INVALIDATE, BLOCK_ID, 1001) });
    await until(() => namenode.told.some((b) => b.status === BlockStatus.DELETED && b.block.blockId === BLOCK_ID));
    expect((await readBlock(infoOf(datanode), extendedBlock(), 0, 1)).response.message).toContain('Replica not found');
  });

  test('INVALIDATE of an older generation leaves the replica, of which the NameNode is told again', async () => {
    await writeWhole(infoOf(datanode), someBytes(10));
    const received = () =>
      namenode.told.filter((b) => b.status === BlockStatus.RECEIVED && b.block.genStamp === 1001).length;
    await until(() => received() === 1);
    namenode.commands.push({ uuid: '', command: blockCommand(Action.INVALIDATE, BLOCK_ID, 1000) });
    await until(() => received() === 2);
    expect((await readBlock(infoOf(datanode), extendedBlock(), 0, 1)).response.status).toBe(Status.SUCCESS);
  });

  test('TRANSFER copies a replica to another DataNode, which reports it', async () => {
    const data = someBytes(200_000);
    await writeWhole(infoOf(datanode), data);
    const other = await start('b');
    const before = namenode.told.length;
    namenode.commands.push({
      uuid: datanode.datanodeUuid,
      command: blockCommand(Action.TRANSFER, BLOCK_ID, 1001, other),
    });
    await until(() => namenode.told.slice(before).some((b) => b.status === BlockStatus.RECEIVED));
    const copy = await readBlock(infoOf(other), extendedBlock(), 0, data.length);
    expect(copy.data.equals(data)).toBe(true);
  });

  test('TRANSFER of a block that is not as the NameNode believes is not done but told (DataNode.transferBlock)', async () => {
    const other = await start('b');
    const order = (blockId: number, numBytes: number) => {
      const { cmdType, blkCmd } = blockCommand(Action.TRANSFER, blockId, 1001, other);
      const command = { cmdType, blkCmd: { ...blkCmd, blocks: [{ blockId, genStamp: 1001, numBytes }] } };
      namenode.commands.push({ uuid: datanode.datanodeUuid, command });
    };
    order(BLOCK_ID, 10);
    await until(() => namenode.errors.length === 1);
    expect(namenode.errors[0]).toMatchObject({
      errorCode: 2,
      msg: `Can't send invalid block ${POOL}:blk_${BLOCK_ID}_1001`,
    });
    await writeWhole(infoOf(datanode), someBytes(10));
    order(BLOCK_ID, 11);
    await until(() => namenode.badBlocks.length === 1);
    expect(namenode.badBlocks[0]).toMatchObject({ blockId: BLOCK_ID, numBytes: 11 });
    await fs.rm(bench.pool('a', ...FINALIZED_DIRECTORY, `blk_${BLOCK_ID}`));
    order(BLOCK_ID, 10);
    await until(() => namenode.told.some((b) => b.status === BlockStatus.DELETED && b.block.blockId === BLOCK_ID));
  });

  test('block recovery brings the replicas of a dead writer to one length and generation stamp', async () => {
    const other = await start('b');
    const data = someBytes(5000);
    const writer = await TestWriter.open(infoOf(datanode), { targets: [infoOf(other)] });
    await writer.setUp();
    await writer.send(0, data);
    await writer.ack();
    writer.close();
    const blockToken = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
    const located = { b: extendedBlock(BLOCK_ID, 1001, 0), offset: 0, corrupt: false, blockToken };
    const lists = { isCached: [], storageTypes: [], storageIDs: [], blockTokens: [] };
    const block = { ...located, ...lists, locs: [infoOf(datanode), infoOf(other)] };
    const recoveryCmd = { blocks: [{ newGenStamp: 1009, block }] };
    const command = { cmdType: CommandType.BlockRecoveryCommand, recoveryCmd };
    namenode.commands.push({ uuid: datanode.datanodeUuid, command });
    await until(() => namenode.synchronizations.length === 1);
    expect(namenode.synchronizations).toEqual([{ newLength: 5000, newGenStamp: 1009, deleteBlock: false, targets: 2 }]);
    for (const node of [datanode, other]) {
      expect((await readBlock(infoOf(node), extendedBlock(BLOCK_ID, 1009), 0, 5000)).data.equals(data)).toBe(true);
    }
  });
});
