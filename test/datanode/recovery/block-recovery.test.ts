// Block recovery: the replicas of a dead writer come to one length and generation stamp (Hadoop: BlockRecoveryWorker).
import fs from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { currentUser } from '../../../conf/configuration.ts';
import type { DataNode } from '../../../datanode/datanode.ts';
import { planRecovery } from '../../../datanode/recovery/block-recovery-plan.ts';
import * as InterDatanode from '../../../protocol/gen/inter-datanode.ts';
import {
  DatanodeCommandProto_Type as CommandType,
  type RecoveringBlockProto,
  ReplicaStateProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  Status,
} from '../../../protocol/gen/messages.ts';
import { RpcClient } from '../../../protocol/rpc/client.ts';
import { settled } from '../../../runtime/promises.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, CRC32C, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { FINALIZED_DIRECTORY, RBW_DIRECTORY } from '../support/files.ts';
import { expectReplica } from '../support/reader.ts';
import { TestWriter, writeWhole } from '../support/writer.ts';

const bench = useTestBench();
const DATA = someBytes(5000);
const TOKEN = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
const LISTS = { isCached: [], storageTypes: [], storageIDs: [], blockTokens: [] };
let nodes: [DataNode, DataNode];

beforeEach(async () => {
  nodes = [await bench.start('a'), await bench.start('b')];
});

const recovering = (
  newGenStamp: number,
  truncateBlock?: RecoveringBlockProto['truncateBlock'],
): RecoveringBlockProto => {
  const located = { b: extendedBlock(), offset: 0, corrupt: false, blockToken: TOKEN };
  return { newGenStamp, block: { ...located, ...LISTS, locs: nodes.map(infoOf) }, truncateBlock };
};
const order = (primary: DataNode, block: RecoveringBlockProto): void => {
  const command = { cmdType: CommandType.BlockRecoveryCommand, recoveryCmd: { blocks: [block] } };
  bench.namenode.commands.push({ uuid: primary.datanodeUuid, command });
};
const peerOf = (datanode: DataNode): RpcClient => {
  const { host, port } = datanode.ipcAddress;
  const client = new RpcClient({ host, port, protocol: InterDatanode.PROTOCOL, user: currentUser() });
  bench.atEnd(() => client.close());
  return client;
};
const init = (datanode: DataNode, newGenStamp: number) =>
  peerOf(datanode).call(InterDatanode.initReplicaRecovery, { block: recovering(newGenStamp) });

/** Returns a writer whose data is acked and whose connection stays open. */
async function writing(data = DATA): Promise<TestWriter> {
  const writer = await TestWriter.open(infoOf(nodes[0]), { targets: [infoOf(nodes[1])] });
  bench.atEnd(async () => writer.close());
  await writer.setUp();
  await writer.send(0, data);
  await writer.ack();
  return writer;
}

describe('initReplicaRecovery', () => {
  test('stops the writer, and tells the replica as it was', async () => {
    const writer = await writing();
    expect(await init(nodes[1], 1010)).toEqual({
      replicaFound: true,
      state: ReplicaStateProto.RBW,
      block: { blockId: BLOCK_ID, genStamp: 1001, numBytes: 5000 },
    });
    await writer.send(5000, someBytes(100));
    expect((await writer.ack()).reply[1]).not.toBe(Status.SUCCESS);
  });

  test('a recovery that is not newer than the one under way is refused, a newer one takes over', async () => {
    await writing();
    await init(nodes[0], 1010);
    for (const stale of [1009, 1010]) {
      await expect(init(nodes[0], stale)).rejects.toMatchObject({ code: 'RecoveryInProgressException' });
    }
    expect(await init(nodes[0], 1011)).toMatchObject({ replicaFound: true, state: ReplicaStateProto.RBW });
    const block = extendedBlock(BLOCK_ID, 1001, 5000);
    const update = (recoveryId: number, numBytes = 5000) =>
      peerOf(nodes[0]).call(InterDatanode.updateReplicaUnderRecovery, {
        block: { ...block, numBytes },
        recoveryId,
        newLength: 4000,
        newBlockId: BLOCK_ID,
      });
    await expect(update(1010)).rejects.toThrow('rur.getRecoveryID() != recoveryId = 1010');
    await expect(update(1011, 4999)).rejects.toThrow('replica.getBytesOnDisk() != block.getNumBytes()');
    await update(1011);
    await expectReplica(nodes[0], 1011, DATA.subarray(0, 4000));
    await expect(update(1011)).rejects.toThrow('replica.getState() != RUR');
  });

  test('a replica of an older or newer generation, and none at all', async () => {
    expect(await init(nodes[0], 1010)).toEqual({ replicaFound: false });
    await writing();
    await expect(init(nodes[0], 1001)).rejects.toThrow('replica.getGenerationStamp() >= recoveryId = 1001');
    const older = { ...recovering(1010), block: { ...recovering(1010).block, b: extendedBlock(BLOCK_ID, 1002) } };
    await expect(peerOf(nodes[0]).call(InterDatanode.initReplicaRecovery, { block: older })).rejects.toThrow(
      'replica.getGenerationStamp() < block.getGenerationStamp()',
    );
  });

  test('its hflushed bytes stay readable while the replica is under recovery', async () => {
    await writing();
    await init(nodes[0], 1010);
    await expectReplica(nodes[0], 1001, DATA);
  });

  test('a pipeline can not be rebuilt on a replica under recovery', async () => {
    await writing();
    await init(nodes[0], 1010);
    const again = await TestWriter.open(infoOf(nodes[0]), {
      stage: Stage.PIPELINE_SETUP_STREAMING_RECOVERY,
      latestGenerationStamp: 1005,
      minBytesRcvd: 5000,
      maxBytesRcvd: 5000,
    });
    expect((await again.setUp()).message).toContain('Cannot recover a non-RBW replica');
    again.close();
  });
});

test('pipelines and recoveries that race for a replica: the newest recovery has it, and nothing acked is lost', async () => {
  const writer = await writing();
  const setUps = [1002, 1003, 1004, 1005].map(async (latestGenerationStamp) => {
    const rival = await TestWriter.open(infoOf(nodes[0]), {
      stage: Stage.PIPELINE_SETUP_STREAMING_RECOVERY,
      latestGenerationStamp,
      minBytesRcvd: 5000,
      maxBytesRcvd: 6000,
    });
    bench.atEnd(async () => rival.close());
    // A pipeline that a newer one or a recovery overtakes gets an error or loses its connection.
    await settled(rival.setUp().then(() => rival.send(5000, someBytes(120))));
  });
  const recoveries = [1010, 1012, 1011].map((id) => settled(init(nodes[0], id)));
  await Promise.all([...setUps, ...recoveries, writer.send(5000, someBytes(120))]);
  const last = await init(nodes[0], 1020);
  const { blockId = 0, genStamp = 0, numBytes = 0 } = last.block ?? {};
  expect(last).toMatchObject({ replicaFound: true, state: ReplicaStateProto.RBW });
  expect(numBytes).toBeGreaterThanOrEqual(5000);
  const block = extendedBlock(blockId, genStamp, numBytes);
  const request = { block, recoveryId: 1020, newLength: 5000, newBlockId: blockId };
  await peerOf(nodes[0]).call(InterDatanode.updateReplicaUnderRecovery, request);
  await expectReplica(nodes[0], 1020, DATA);
});

describe('BlockRecoveryWorker: the primary DataNode brings the replicas to one length', () => {
  test('one that its node was writing wins over one that waits since its node restarted', async () => {
    const writer = await writing(DATA.subarray(0, 3000));
    writer.close();
    // Only the first node receives the rest of the data.
    await nodes[1].stop();
    const options = {
      stage: Stage.PIPELINE_SETUP_STREAMING_RECOVERY,
      latestGenerationStamp: 1001,
      minBytesRcvd: 3000,
      maxBytesRcvd: 3000,
    };
    const alone = await TestWriter.open(infoOf(nodes[0]), options);
    await alone.setUp();
    await alone.send(2560, DATA.subarray(2560, 3072));
    await alone.send(3072, DATA.subarray(3072));
    await alone.ack();
    await alone.ack();
    alone.close();
    nodes[1] = await bench.start('b');
    // The replica of the restarted node is RWR. The other replica is RBW, a better state, so its length counts.
    order(nodes[1], recovering(1020));
    await until(() => bench.namenode.synchronizations.length === 1);
    expect(bench.namenode.synchronizations).toEqual([
      { newLength: 5000, newGenStamp: 1020, deleteBlock: false, targets: 1 },
    ]);
    await expectReplica(nodes[0], 1020, DATA);
  });

  test('of replicas that all restarted, the longest intact one: the other lost what was acknowledged', async () => {
    (await writing()).close();
    await Promise.all(nodes.map((n) => n.stop()));
    await fs.truncate(bench.pool('b', ...RBW_DIRECTORY, `blk_${BLOCK_ID}`), 4700);
    nodes = [await bench.start('a'), await bench.start('b')];
    order(nodes[0], recovering(1020));
    await until(() => bench.namenode.synchronizations.length === 1);
    expect(bench.namenode.synchronizations[0]).toMatchObject({ newLength: 5000, targets: 1 });
    await expectReplica(nodes[0], 1020, DATA);
  });

  test('a block that no one has a byte of is deleted', async () => {
    const writer = await TestWriter.open(infoOf(nodes[0]), { targets: [infoOf(nodes[1])] });
    await writer.setUp();
    writer.close();
    order(nodes[0], recovering(1020));
    await until(() => bench.namenode.synchronizations.length === 1);
    expect(bench.namenode.synchronizations[0]).toMatchObject({ newLength: 0, deleteBlock: true, targets: 0 });
  });

  test('copies under way are no replicas, but the block is not deleted for that', () => {
    const copy = { state: 'TEMPORARY', generationStamp: 5, numBytes: 10 } as const;
    expect(() => planRecovery([copy], 1)).toThrow('Found 1 replica(s) but none is in RWR or better state.');
    const rbw = { state: 'RBW', generationStamp: 5, numBytes: 8 } as const;
    expect(planRecovery([copy, rbw], 1)).toEqual({ participants: [rbw], newLength: 8 });
  });

  test('one node fails: the others are recovered', async () => {
    (await writing()).close();
    await nodes[1].stop();
    order(nodes[0], recovering(1020));
    await until(() => bench.namenode.synchronizations.length === 1);
    expect(bench.namenode.synchronizations[0]).toMatchObject({ newLength: 5000, targets: 1 });
  });
});

describe('truncate', () => {
  test('cuts the replicas, and the last chunk gets a checksum of its own', async () => {
    await writeWhole(infoOf(nodes[0]), DATA, { targets: [infoOf(nodes[1])] });
    order(nodes[1], recovering(1030, { blockId: BLOCK_ID, genStamp: 1030, numBytes: 1234 }));
    await until(() => bench.namenode.synchronizations.length === 1);
    expect(bench.namenode.synchronizations[0]).toMatchObject({ newLength: 1234, newGenStamp: 1030, targets: 2 });
    for (const [i, node] of nodes.entries()) {
      await expectReplica(node, 1030, DATA.subarray(0, 1234));
      const meta = bench.pool(i === 0 ? 'a' : 'b', ...FINALIZED_DIRECTORY, `blk_${BLOCK_ID}_1030.meta`);
      expect((await fs.readFile(meta)).subarray(7)).toEqual(CRC32C.compute(DATA.subarray(0, 1234)));
    }
  });

  test('of a block in a snapshot goes to a copy with another id; the block stays what it is', async () => {
    await writeWhole(infoOf(nodes[0]), DATA, { targets: [infoOf(nodes[1])] });
    const copyId = BLOCK_ID + 1;
    order(nodes[0], recovering(1030, { blockId: copyId, genStamp: 1030, numBytes: 700 }));
    await until(() => bench.namenode.synchronizations.length === 1);
    for (const node of nodes) {
      await expectReplica(node, 1030, DATA.subarray(0, 700), copyId);
      await expectReplica(node, 1001, DATA);
    }
  });

  test('a last chunk that is corrupt gets no checksum that hides it', async () => {
    await writeWhole(infoOf(nodes[0]), DATA, { targets: [infoOf(nodes[1])] });
    const file = await fs.open(bench.pool('a', ...FINALIZED_DIRECTORY, `blk_${BLOCK_ID}`), 'r+');
    await file.write(Buffer.from([0xff, 0xff]), 0, 2, 1100);
    await file.close();
    order(nodes[1], recovering(1030, { blockId: BLOCK_ID, genStamp: 1030, numBytes: 1234 }));
    await until(() => bench.namenode.synchronizations.length === 1);
    expect(bench.namenode.synchronizations[0]).toMatchObject({ newLength: 1234, targets: 1 });
    await expectReplica(nodes[1], 1030, DATA.subarray(0, 1234));
  });
});
