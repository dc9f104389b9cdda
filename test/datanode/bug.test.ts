// A bug in a state machine ends the DataNode: nothing of the operation is written or answered.
import fs from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BlockBalanceThrottler } from '../../datanode/context/data-transfer-throttler.ts';
import type { DataNode } from '../../datanode/datanode.ts';
import { BlockStore } from '../../datanode/replicas/block-store.ts';
import type { ReplicaEvent } from '../../datanode/replicas/replica-state.ts';
import * as ClientDatanode from '../../protocol/gen/client-datanode.ts';
import * as InterDatanode from '../../protocol/gen/inter-datanode.ts';
import { DatanodeCommandProto_Type, type RecoveringBlockProto } from '../../protocol/gen/messages.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { useTestBench } from './support/bench.ts';
import { BLOCK_ID, extendedBlock, someBytes } from './support/blocks.ts';
import { infoOf } from './support/datanodes.ts';
import { expectEndedBy as endedBy } from './support/ended-by-bug.ts';
import { RBW_DIRECTORY } from './support/files.ts';
import { expectLost } from './support/lost-connection.ts';
import { TestWriter, writeWhole } from './support/writer.ts';

const planted = vi.hoisted(() => ({ event: undefined as string | undefined, plan: false }));

vi.mock(import('../../datanode/replicas/replica.ts'), async (importOriginal) => {
  const { transition } = await importOriginal();
  return {
    transition: (replica, event: ReplicaEvent, block) => {
      if (event.type === planted.event) throw new TypeError('planted');
      return transition(replica, event, block);
    },
  };
});

vi.mock(import('../../datanode/recovery/block-recovery-plan.ts'), async (importOriginal) => {
  const { planRecovery } = await importOriginal();
  return {
    planRecovery: (...args) => {
      if (planted.plan) throw new TypeError('planted');
      return planRecovery(...args);
    },
  };
});

afterEach(() => {
  vi.restoreAllMocks();
});

const bench = useTestBench();
let datanode: DataNode;

beforeEach(async () => {
  Object.assign(planted, { event: undefined, plan: false });
  datanode = await bench.start();
});

const expectEndedBy = (operation: string): Promise<void> => endedBy(datanode, operation, bench.path('a'));

/** Returns the NameNode's order to recover the block, whose only replica is on this DataNode. */
function recovering(): RecoveringBlockProto {
  const blockToken = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
  const lists = { isCached: [], storageTypes: [], storageIDs: [], blockTokens: [] };
  const located = { b: extendedBlock(), offset: 0, corrupt: false, blockToken, locs: [infoOf(datanode)] };
  return { newGenStamp: 1002, block: { ...located, ...lists } };
}

/** Opens a pipeline whose only node is this DataNode. */
async function openWriter(): Promise<TestWriter> {
  const writer = await TestWriter.open(infoOf(datanode));
  await writer.setUp();
  return writer;
}

describe('a bug of the replica’s transition', () => {
  test('at the set-up of a pipeline: the client is not answered', async () => {
    planted.event = 'createRbw';
    const writer = await TestWriter.open(infoOf(datanode));
    await expectLost(writer.setUp());
    await expectEndedBy('BlockStore.create');
  });

  test('when a packet is received: it is not written', async () => {
    const writer = await openWriter();
    await writer.send(0, someBytes(512));
    await writer.ack();
    planted.event = 'receive';
    await writer.send(512, someBytes(512));
    await expectLost(writer.ack());
    await expectEndedBy('Replica.transition');
    expect((await fs.stat(bench.pool('a', ...RBW_DIRECTORY, `blk_${BLOCK_ID}`))).size).toBe(512);
  });

  test.each(['write', 'ack', 'finalize'])('at %s: the packet is not acked', async (event) => {
    const writer = await openWriter();
    planted.event = event;
    await writer.send(0, someBytes(512));
    if (event === 'finalize') {
      await writer.ack();
      await writer.last(512);
    }
    await expectLost(writer.ack());
    await expectEndedBy('Replica.transition');
    // The bytes of a write that meets a bug are not on disk either.
    const { size } = await fs.stat(bench.pool('a', ...RBW_DIRECTORY, `blk_${BLOCK_ID}`));
    expect(size).toBe(event === 'write' ? 0 : 512);
  });

  test('at the write of a packet that has to be synced: its bytes are not on disk', async () => {
    const writer = await openWriter();
    planted.event = 'write';
    await writer.send(0, someBytes(512), { syncBlock: true });
    await expectLost(writer.ack());
    await expectEndedBy('Replica.transition');
    expect((await fs.stat(bench.pool('a', ...RBW_DIRECTORY, `blk_${BLOCK_ID}`))).size).toBe(0);
  });

  test('in a call of another DataNode: the call is not answered', async () => {
    await writeWhole(infoOf(datanode), someBytes(512));
    planted.event = 'beginRecovery';
    const { host, port } = datanode.ipcAddress;
    const client = new RpcClient({ host, port, user: 'hdfs', protocol: InterDatanode.PROTOCOL, connectRetriesMax: 0 });
    const call = client.call(InterDatanode.initReplicaRecovery, { block: recovering() });
    await expect(call).rejects.not.toMatchObject({ message: expect.stringContaining('planted') });
    await client.close();
    await expectEndedBy('Replica.transition');
  });
});

describe('an exception of a handler of the IPC port', () => {
  const clientOf = (protocol: string) =>
    new RpcClient({ ...datanode.ipcAddress, user: 'hdfs', protocol, connectRetriesMax: 0 });

  test('is a bug if it is no failure of a disk: the call is not answered', async () => {
    vi.spyOn(BlockBalanceThrottler.prototype, 'bytesPerSecond', 'get').mockImplementation(() => {
      throw new TypeError('planted');
    });
    const client = clientOf(ClientDatanode.PROTOCOL);
    const call = client.call(ClientDatanode.getBalancerBandwidth, {});
    await expect(call).rejects.not.toMatchObject({ message: expect.stringContaining('planted') });
    await client.close();
    await expectEndedBy('ClientDatanodeProtocol.getBalancerBandwidth');
  });

  // In Java the error of a disk is an IOException already.
  test('is answered as IOException if the disk failed, and the DataNode goes on', async () => {
    const failure = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });
    vi.spyOn(BlockStore.prototype, 'beginRecovery').mockRejectedValue(failure);
    const client = clientOf(InterDatanode.PROTOCOL);
    for (const _ of [1, 2]) {
      await expect(client.call(InterDatanode.initReplicaRecovery, { block: recovering() })).rejects.toMatchObject({
        javaClass: 'java.io.IOException',
        message: 'EIO: i/o error, read',
      });
    }
    await client.close();
  });
});

describe('a bug in a command of the NameNode', () => {
  test('the plan of a block recovery: the NameNode hears of no result', async () => {
    await writeWhole(infoOf(datanode), someBytes(512));
    planted.plan = true;
    bench.namenode.commands.push({
      uuid: '',
      command: { cmdType: DatanodeCommandProto_Type.BlockRecoveryCommand, recoveryCmd: { blocks: [recovering()] } },
    });
    await expectEndedBy('planRecovery');
    expect(bench.namenode.synchronizations).toEqual([]);
  });
});
