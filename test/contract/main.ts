// Runs the cases of the contract with Calf's client on any cluster: test/interop bundles this file.
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { Configuration } from '../../conf/configuration.ts';
import { FILE_SYSTEM_CONTRACT } from './cases/index.ts';
import { type Differences, runCase } from './run-case.ts';

/** Outcome of the contract: the number of cases that hold, and a line for each case that does not. */
export interface ContractResult {
  readonly passed: number;
  readonly failures: readonly string[];
}

/** Runs every case with Calf's client. @param uri the cluster, such as `hdfs://127.0.0.1:8020` */
export async function runContract(uri: string, differences: Differences = {}): Promise<ContractResult> {
  const conf = new Configuration();
  await using fs = new DistributedFileSystem({ conf, uri });
  await using other = new DistributedFileSystem({ conf, uri });
  const subject = {
    fs,
    other,
    isClosed: (path: string) => fs.isFileClosed(path),
    root: '/contract',
  };
  const failures: string[] = [];
  for (const [i, one] of FILE_SYSTEM_CONTRACT.entries()) {
    try {
      await runCase(subject, i, one, differences);
    } catch (e) {
      failures.push(`${one.name}: ${e instanceof Error ? e.message : String(e)}`);
    }
  }
  return { passed: FILE_SYSTEM_CONTRACT.length - failures.length, failures };
}
