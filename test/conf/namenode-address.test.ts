// The address of the NameNode is found in a configuration.
import { describe, expect, it } from 'vitest';
import { Configuration } from '../../conf/configuration.ts';
import { namenodeRpcAddress } from '../../conf/namenode-address.ts';

describe("The NameNode's RPC address (DFSUtilClient.getNNAddress)", () => {
  it.each([
    ['is dfs.namenode.rpc-address', { 'dfs.namenode.rpc-address': 'nn:1', 'fs.defaultFS': 'hdfs://other:2' }, 'nn', 1],
    ['is else that of fs.defaultFS', { 'fs.defaultFS': 'hdfs://localhost:9000/' }, 'localhost', 9000],
    ['has port 8020 when that names none', { 'fs.defaultFS': 'hdfs://nn' }, 'nn', 8020],
    ['is on the loopback address when that is no HDFS', { 'fs.defaultFS': 'file:///' }, '127.0.0.1', 8020],
    ['is on the loopback address when nothing is set', {}, '127.0.0.1', 8020],
  ])('%s', (_, values, host, port) => {
    expect(namenodeRpcAddress(new Configuration(values))).toEqual({ host, port });
  });

  it('is refused when the port is no number', () => {
    const conf = new Configuration({ 'dfs.namenode.rpc-address': 'nn:http' });
    expect(() => namenodeRpcAddress(conf)).toThrow("dfs.namenode.rpc-address is 'nn:http': expected host:port");
  });
});
