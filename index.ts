/** The npm package: the job API, the file system clients, and a cluster for tests and embedding. */
export { DistributedFileSystem } from './client/distributed-file-system.ts';
export type * from './client/filesystem/file-system.ts';
export { getFileSystem } from './client/get-file-system.ts';
export { LocalFileSystem } from './client/local/local-file-system.ts';
export { FaultError } from './cluster/daemons/daemon-control.ts';
export { ClusterFaults, type CorruptReplicaOptions, type DaemonFaults } from './cluster/fault/cluster-faults.ts';
export type { CorruptedReplica } from './cluster/fault/corrupt-block.ts';
export { MiniCluster, type MiniClusterOptions } from './cluster/mini-cluster.ts';
export { Configuration } from './conf/configuration.ts';
export * from './mapreduce/api/api.ts';
export type { JobRun } from './mapreduce/engines/job-run.ts';
export { type InputContent, type RunJobOptions, runJob } from './mapreduce/engines/run-job.ts';
export { JobFailedError } from './mapreduce/submit/job-program.ts';
export { HadoopError, isHadoopError } from './runtime/errors.ts';
