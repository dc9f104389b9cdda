/** What test/interop bundles: the cases of the contract, with the client that they run over. */
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { Configuration } from '../../conf/configuration.ts';
import { concat } from '../../protocol/gen/client-namenode.ts';
import { FILE_SYSTEM_CONTRACT } from './cases/index.ts';
import { type Differences, runCase } from './run-case.ts';

/** How a file system keeps the contract: the number of cases that hold, and a line for each that does not. */
export interface ContractResult {
  readonly passed: number;
  readonly failures: readonly string[];
}

/** Runs every case over our client on the cluster of a URI such as `hdfs://127.0.0.1:8020`. */
export async function runContract(uri: string, differences: Differences = {}): Promise<ContractResult> {
  const conf = new Configuration();
  await using fs = new DistributedFileSystem({ conf, uri });
  await using other = new DistributedFileSystem({ conf, uri });
  const subject = {
    fs,
    other,
    isClosed: (path: string) => fs.isFileClosed(path),
    concat: async (trg: string, srcs: readonly string[]) => void (await fs.call(concat, { trg, srcs: [...srcs] })),
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
