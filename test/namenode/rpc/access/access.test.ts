// Tests of the tables of access rules: every method is called as the superuser, the owner, another user and nobody.
import { describe, expect, test } from 'vitest';
import { CLIENT_PROTOCOL } from '../../../../namenode/rpc/client-protocol.ts';
import { NOT_SUPPORTED } from '../../../../namenode/rpc/context/method-table.ts';
import { DATANODE_PROTOCOL } from '../../../../namenode/rpc/datanodes/datanode-protocol.ts';
import { NAMENODE_PROTOCOL } from '../../../../namenode/rpc/namenode-protocol.ts';
import { USER_MAPPINGS_PROTOCOL } from '../../../../namenode/rpc/user-mappings-protocol.ts';
import * as ClientNamenode from '../../../../protocol/gen/client-namenode.ts';
import { SafeModeActionProto } from '../../../../protocol/gen/messages.ts';
import { nameNodeBench } from '../../namenode-bench.ts';
import { differencesFromTables, PROTOCOLS } from './who-may-call.ts';

const bench = nameNodeBench();

describe('who may call a method of the NameNode', () => {
  test('every method that is served is called below', () => {
    const served = [CLIENT_PROTOCOL, NAMENODE_PROTOCOL, DATANODE_PROTOCOL, USER_MAPPINGS_PROTOCOL].map((table) =>
      Object.entries(table)
        .filter(([, entry]) => entry !== NOT_SUPPORTED)
        .map(([name]) => name)
        .sort(),
    );
    expect(PROTOCOLS.map(({ samples }) => Object.keys(samples).sort())).toEqual(served);
  });

  // The methods of FSNamesystem and NameNodeRpcServer in Hadoop 3.4.2 that call checkSuperuserPrivilege.
  test('the methods for superusers are those of Hadoop', () => {
    const forSuperusers = PROTOCOLS.flatMap(({ access, samples }) =>
      Object.entries(access)
        .filter(([name, rule]) => rule.kind === 'superuser' && name in samples)
        .map(([name]) => name),
    );
    const ofNamenodeProtocol = [
      ...['getBlocks', 'getBlockKeys', 'getTransactionId', 'getMostRecentCheckpointTxId'],
      ...['isUpgradeFinalized', 'isRollingUpgrade'],
    ];
    const ofClientProtocol = [
      ...['getDatanodeReport', 'getDatanodeStorageReport', 'listCorruptFileBlocks', 'setSafeMode', 'rollingUpgrade'],
      ...['refreshNodes', 'setBalancerBandwidth'],
    ];
    expect(forSuperusers.sort()).toEqual([...ofClientProtocol, ...ofNamenodeProtocol].sort());
  });

  test('the superuser, an owner and another user may call what the tables say', async () => {
    const { rpcAddress } = await bench.start();
    expect(await differencesFromTables(rpcAddress, 'hdfs')).toEqual([]);
  });

  // Hadoop's FSNamesystem.setSafeMode checks nothing for SAFEMODE_GET.
  test('every user may ask whether safe mode is on', async () => {
    const client = bench.client(await bench.start(), 'other');
    const { SAFEMODE_GET: action } = SafeModeActionProto;
    expect(await client.call(ClientNamenode.setSafeMode, { action })).toEqual({ result: false });
  });

  // Hadoop's FSNamesystem.checkSuperuserPrivilege does nothing then.
  test('everybody is a superuser with dfs.permissions.enabled=false', async () => {
    const client = bench.client(await bench.start({ 'dfs.permissions.enabled': 'false' }), 'other');
    expect(await client.call(ClientNamenode.getDatanodeReport, { type: 1 })).toEqual({ di: [] });
  });

  test('a caller without a name may call nothing', async () => {
    const client = bench.client(await bench.start(), '');
    for (const call of [
      () => client.call(ClientNamenode.getFsStats, {}),
      () => client.call(ClientNamenode.getFileInfo, { src: '/' }),
      () => client.call(ClientNamenode.refreshNodes, {}),
    ]) {
      await expect(call()).rejects.toThrow('The connection context names no user');
    }
  });
});
