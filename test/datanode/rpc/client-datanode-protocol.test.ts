// ClientDatanodeProtocol on a DataNode's IPC port.
import { beforeEach, describe, expect, test } from 'vitest';
import { currentUser } from '../../../conf/configuration.ts';
import type { DataNode } from '../../../datanode/datanode.ts';
import * as ClientDatanode from '../../../protocol/gen/client-datanode.ts';
import type { Method } from '../../../protocol/method.ts';
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

  // The methods of Hadoop's DataNode that call checkSuperuserPrivilege.
  const FOR_SUPERUSERS: [Method<object, unknown>, string][] = [
    [ClientDatanode.refreshNamenodes, 'refreshNamenodes'],
    [ClientDatanode.evictWriters, 'evictWriters'],
    [ClientDatanode.getVolumeReport, 'getVolumeReport'],
    [ClientDatanode.deleteBlockPool as Method<object, unknown>, 'deleteBlockPool'],
    [ClientDatanode.triggerBlockReport as Method<object, unknown>, 'triggerBlockReport'],
    [ClientDatanode.shutdownDatanode as Method<object, unknown>, 'shutdownDatanode'],
  ];

  const REQUEST = { blockPool: 'BP-1', force: false, incremental: false, forUpgrade: false };

  test('is for superusers, except for reading', async () => {
    const client = clientOf('nobody');
    for (const [method, operation] of FOR_SUPERUSERS) {
      await expect(client.call(method, REQUEST)).rejects.toMatchObject({
        code: 'AccessControlException',
        message: `Access denied for user nobody. Superuser privilege is required for operation ${operation}`,
      });
    }
    expect(await client.call(ClientDatanode.getBalancerBandwidth, {})).toEqual({ bandwidth: 104857600 });
    expect((await client.call(ClientDatanode.getDatanodeInfo, {})).localInfo.softwareVersion).toBe('3.4.2');
  });

  // As on the NameNode: dfs.cluster.administrators of Hadoop is for web pages, and makes no superusers.
  test('is for the members of dfs.permissions.superusergroup, and not for dfs.cluster.administrators', async () => {
    datanode = await start('b', {
      'dfs.permissions.superusergroup': 'daemon',
      'dfs.cluster.administrators': 'nobody',
    });
    await expect(clientOf('nobody').call(ClientDatanode.getVolumeReport, {})).rejects.toThrow('Superuser privilege');
    const { volumeInfo } = await clientOf('daemon').call(ClientDatanode.getVolumeReport, {});
    expect(volumeInfo).toHaveLength(1);
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
