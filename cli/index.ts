/** What `import … from 'calf'` gives: the job API, the file system clients, and a cluster for tests and embedding. */
export { DistributedFileSystem } from '../client/distributed-file-system.ts';
export type * from '../client/filesystem/file-system.ts';
export { getFileSystem } from '../client/get-file-system.ts';
export { LocalFileSystem } from '../client/local/local-file-system.ts';
export { Configuration } from '../conf/configuration.ts';
export * from '../mapreduce/api.ts';
export { HadoopError, isHadoopError } from '../protocol/errors.ts';
export { ClusterFaults, type CorruptReplicaOptions, type DaemonFaults } from './fault/cluster-faults.ts';
export type { CorruptedReplica } from './fault/corrupt-block.ts';
export { FaultError } from './fault/daemon-control.ts';
export { MiniCluster, type MiniClusterOptions } from './mini-cluster.ts';
