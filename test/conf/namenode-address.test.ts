// The address of the NameNode is found in a configuration.
import { describe, expect, it } from 'vitest';
import { Configuration } from '../../conf/configuration.ts';
import { namenodeRpcAddress, namenodeRpcAddressKey } from '../../conf/namenode-address.ts';

describe("The NameNode's RPC address (DFSUtilClient.getNNAddress)", () => {
  it.each([
    [
      'is dfs.namenode.rpc-address',
      { 'dfs.namenode.rpc-address': 'nn:1', 'fs.defaultFS': 'hdfs://other:2' },
      'nn',
      1,
      'dfs.namenode.rpc-address',
    ],
    ['is else that of fs.defaultFS', { 'fs.defaultFS': 'hdfs://localhost:9000/' }, 'localhost', 9000, 'fs.defaultFS'],
    ['has port 8020 when that names none', { 'fs.defaultFS': 'hdfs://nn' }, 'nn', 8020, 'fs.defaultFS'],
    [
      'is on the loopback address when that is no HDFS',
      { 'fs.defaultFS': 'file:///' },
      '127.0.0.1',
      8020,
      'dfs.namenode.rpc-address',
    ],
    ['is on the loopback address when nothing is set', {}, '127.0.0.1', 8020, 'dfs.namenode.rpc-address'],
  ])('%s', (_, values, host, port, key) => {
    const conf = new Configuration(values);
    expect(namenodeRpcAddress(conf)).toEqual({ host, port });
    expect(namenodeRpcAddressKey(conf)).toBe(key);
  });

  it('is refused when the port is no number', () => {
    const conf = new Configuration({ 'dfs.namenode.rpc-address': 'nn:http' });
    expect(() => namenodeRpcAddress(conf)).toThrow("dfs.namenode.rpc-address is 'nn:http': expected host:port");
  });
});
