// ClientDatanodeProtocol on a DataNode's IPC port.
import { beforeEach, describe, expect, test } from 'vitest';
import { currentUser } from '../../../conf/configuration.ts';
import type { DataNode } from '../../../datanode/datanode.ts';
import * as ClientDatanode from '../../../protocol/gen/client-datanode.ts';
import { RpcClient } from '../../../protocol/rpc/client.ts';
import { until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import type { FakeNameNode } from '../support/fake-namenode.ts';
import { expectLost } from '../support/lost-connection.ts';
import { TestWriter } from '../support/writer.ts';

const bench = useTestBench();
const { start } = bench;
let namenode: FakeNameNode;
let datanode: DataNode;
beforeEach(async () => {
  ({ namenode } = bench);
  datanode = await start();
});

describe('ClientDatanodeProtocol', () => {
  const clientOf = (user = currentUser()) => {
    const { host, port } = datanode.ipcAddress;
    const client = new RpcClient({ host, port, protocol: ClientDatanode.PROTOCOL, user });
    bench.atEnd(() => client.close());
    return client;
  };

  test('getReplicaVisibleLength is what every node of the pipeline has', async () => {
    const writer = await TestWriter.open(infoOf(datanode));
    await writer.setUp();
    await writer.send(0, someBytes(700));
    await writer.ack();
    const client = clientOf();
    expect(await client.call(ClientDatanode.getReplicaVisibleLength, { block: extendedBlock() })).toEqual({
      length: 700,
    });
    const newer = client.call(ClientDatanode.getReplicaVisibleLength, { block: extendedBlock(BLOCK_ID, 1002) });
    await expect(newer).rejects.toThrow('replica.getGenerationStamp() < block.getGenerationStamp()');
    await expect(
      client.call(ClientDatanode.getReplicaVisibleLength, { block: extendedBlock(3) }),
    ).rejects.toMatchObject({
      code: 'ReplicaNotFoundException',
    });
    writer.close();
  });

  test('administration', async () => {
    const client = clientOf();
    expect((await client.call(ClientDatanode.getDatanodeInfo, {})).localInfo.softwareVersion).toBe('3.4.2');
    expect((await client.call(ClientDatanode.getVolumeReport, {})).volumeInfo).toMatchObject([{ numBlocks: 0 }]);
    expect(await client.call(ClientDatanode.getBalancerBandwidth, {})).toEqual({ bandwidth: 104857600 });
    await until(() => namenode.blockReports.length === 1);
    await client.call(ClientDatanode.triggerBlockReport, { incremental: false });
    expect(namenode.blockReports).toHaveLength(2);
  });

  test('is for the superuser, except for reading', async () => {
    const client = clientOf('nobody');
    for (const method of [
      ClientDatanode.getVolumeReport,
      ClientDatanode.evictWriters,
      ClientDatanode.refreshNamenodes,
    ]) {
      await expect(client.call<object, unknown>(method, {})).rejects.toMatchObject({ code: 'AccessControlException' });
    }
  });

  test('getBlockLocalPathInfo is for those whom the configuration names', async () => {
    const token = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
    const asked = clientOf().call(ClientDatanode.getBlockLocalPathInfo, { block: extendedBlock(), token });
    await expect(asked).rejects.toThrow("Can't continue with getBlockLocalPathInfo() authorization.");
  });

  test('evictWriters ends the writers, shutdownDatanode the daemon', async () => {
    const writer = await TestWriter.open(infoOf(datanode));
    await writer.setUp();
    const client = clientOf();
    await client.call(ClientDatanode.evictWriters, {});
    await expectLost(writer.ack());
    writer.close();
    await client.call(ClientDatanode.shutdownDatanode, { forUpgrade: false });
    expect(await datanode.stopped).toBeUndefined();
  });
});
