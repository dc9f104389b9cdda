// Tests the contract of Hadoop's file systems with Calf's client on a MiniCluster, and with the local file system.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { LocalFileSystem } from '../../client/local/local-file-system.ts';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { Configuration } from '../../conf/configuration.ts';
import { fileSystemContract } from './file-system.ts';
import { LOCAL_DIFFERENCES } from './local-differences.ts';

fileSystemContract('our client on a MiniCluster', async () => {
  const cluster = await MiniCluster.start({
    datanodes: 3,
    mapreduce: false,
    // A DataNode is told with the answer to a heartbeat what it has to recover.
    properties: { 'dfs.heartbeat.interval': '200ms' },
  });
  const dfs = cluster.fileSystem();
  const other = cluster.fileSystem();
  return {
    fs: dfs,
    other,
    isClosed: (file) => dfs.isFileClosed(file),
    root: '/contract',
    close: async () => {
      await dfs.close();
      await other.close();
      await cluster.stop();
    },
  };
});

fileSystemContract(
  'LocalFileSystem',
  async () => {
    const root = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-contract-'));
    const conf = new Configuration();
    const close = (): Promise<void> => fs.rm(root, { recursive: true, force: true });
    const [local, other] = [new LocalFileSystem({ conf }), new LocalFileSystem({ conf })];
    return { fs: local, other, isClosed: () => Promise.resolve(true), root, close };
  },
  LOCAL_DIFFERENCES,
);
