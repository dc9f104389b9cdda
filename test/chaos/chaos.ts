// One chaos run: load, faults, and the check of every acknowledged byte.
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { datanodeName } from '../../cluster/daemons/daemon-control.ts';
import { ProcessControl } from '../../cluster/daemons/process-control.ts';
import { startCluster, stopCluster } from '../../cluster/daemons/start.ts';
import { Configuration, parseAddress } from '../../conf/configuration.ts';
import { messageOf } from '../../runtime/errors.ts';
import { SimRandom } from '../sim/world/random.ts';
import { Ledger, type Violation } from './ledger.ts';
import { MachineDisks } from './machine-disks.ts';
import { prepareMachines } from './machines.ts';
import { describePlan, drawPlan } from './plan.ts';
import { PowerDisks, whyNoPowerLoss } from './power/power-disks.ts';
import { Run } from './run.ts';
import type { Verified } from './verify.ts';

export interface ChaosOptions {
  /** Empty directory for the cluster, below `cluster`, and for its configuration files. The run does not remove it. */
  readonly dir: string;
  /** Length of load and faults in seconds. Healing and comparing come after. */
  readonly seconds: number;
  readonly seed: number;
  readonly datanodes: number;
  /** The bundle of power/serve.ts. */
  readonly powerProgram: string;
  /** Whether the disks must be kept even if nothing was lost. */
  readonly keep: boolean;
  /** Whether the run ends at the first loss, as when a bug is planted. */
  readonly stopsAtLoss: boolean;
  /** Called with a line for each fault as it happens. */
  readonly log: (line: string) => void;
  /** Called with a line for each stage of the run. */
  readonly tellStage: (line: string) => void;
  /** Ends the run early; the cluster's processes are ended as always. */
  readonly interrupted: AbortSignal;
}

export interface ChaosResult {
  readonly seed: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly operations: Readonly<Record<string, number>>;
  readonly healedMs: number;
  readonly verified: Verified;
  readonly violations: readonly Violation[];
}

/** Short limits: the cluster notices failures in seconds instead of minutes. A silent DataNode is dead after 4 s. */
const PROPERTIES = {
  'dfs.heartbeat.interval': '300ms',
  'dfs.namenode.heartbeat.recheck-interval': '500',
  'dfs.namenode.stale.datanode.interval': '1500',
  'dfs.namenode.redundancy.interval.seconds': '1',
  'dfs.namenode.reconstruction.pending.timeout-sec': '3',
  'dfs.client.socket-timeout': '2000',
  'dfs.client.datanode-restart.timeout': '3',
  'dfs.client.retry.window.base': '200',
  'dfs.client.retry.interval-ms.get-last-block-length': '300',
  'dfs.client.write.exclude.nodes.cache.expiry.interval.millis': '5000',
  'ipc.client.rpc-timeout.ms': '20000',
};
/** Limit for the end of clients, one of which may be stuck: the report must be printed all the same. */
const CLOSE_LIMIT_MS = 10_000;
/** Runs a cluster of processes under load and faults, then reads back everything that was acknowledged. */
export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const { datanodes, interrupted, seconds, seed, stopsAtLoss, tellStage } = options;
  const dir = path.join(options.dir, 'cluster');
  const clients: DistributedFileSystem[] = [];
  const ending = new AbortController();
  const random = new SimRandom(seed);
  const plan = drawPlan(new SimRandom(random.nextUint32()), datanodes);
  const ledger = new Ledger(options.log);
  const power = await mountPower(options);
  tellStage(describePlan(plan, seconds));
  let run: Run | undefined;
  let isLost = true;
  try {
    const names = Array.from({ length: datanodes }, (_, index) => datanodeName(index));
    const disks = await MachineDisks.make(options.dir, ['namenode', ...names], power);
    const { excludeFile, nameDirectories, ...machines } = await prepareMachines(options.dir, disks, plan, datanodes);
    const properties = { ...PROPERTIES, ...machines.properties };
    const { datanodeProperties } = machines;
    const given = { dir, datanodes, freePorts: true, mapreduce: false, properties, datanodeProperties };
    const { confDir, addresses } = await startCluster(given);
    const conf = Configuration.load({ confDir });
    const namenode = parseAddress(addresses['namenode.rpc'] ?? '', 'dfs.namenode.rpc-address');
    const connect = (uri?: string) => {
      const hdfs = new DistributedFileSystem({ conf, ...(uri && { uri }) });
      clients.push(hdfs);
      return hdfs;
    };
    const control = new ProcessControl(dir);
    const stopping = ending.signal;
    const cluster = { connect, namenode, control, disks, excludeFile, nameDirectories };
    run = new Run({ options, plan, ledger, random, ...cluster, stopping });
    const interruption = once(interrupted, 'abort').then(() => {
      throw new Error('Interrupted');
    });
    const running = run;
    const atLoss = stopsAtLoss ? ledger.firstViolation.then(() => running.resultSoFar) : interruption;
    const result = await Promise.race([running.toTheEnd(), atLoss, interruption]);
    isLost = result.violations.length > 0;
    return result;
  } finally {
    ending.abort();
    await run?.injecting.catch(() => undefined);
    // Clients of an interrupted run are not closed: they would wait for a cluster that is gone.
    if (!interrupted.aborted) {
      await Promise.race([Promise.all(clients.map((hdfs) => hdfs.close())), sleep(CLOSE_LIMIT_MS)]);
    }
    await stopCluster(dir);
    if (power !== undefined && (isLost || options.keep)) await keepDisks(power, options.dir);
    await power?.close();
  }
}

/** Mounts disks that lose power. Returns undefined, and says why, where the system lets nobody mount them. */
async function mountPower({ dir, powerProgram, tellStage }: ChaosOptions): Promise<PowerDisks | undefined> {
  let reason = whyNoPowerLoss();
  try {
    if (reason === undefined) return await PowerDisks.mount(path.join(dir, 'disks'), powerProgram);
  } catch (e) {
    reason = messageOf(e);
  }
  tellStage(`power is never cut in this run: ${reason}`);
  return undefined;
}

/** Copies the disks, which vanish with their mount, to a place where they can be looked at. */
async function keepDisks(power: PowerDisks, dir: string): Promise<void> {
  await fs.cp(power.directory, path.join(dir, 'disks-at-the-end'), { recursive: true });
}
