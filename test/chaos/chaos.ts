// One chaos run: load, faults, and the check of every acknowledged byte.
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { datanodesOf } from '../../cluster/daemons/daemon-control.ts';
import { ProcessControl } from '../../cluster/daemons/process-control.ts';
import { startCluster, stopCluster } from '../../cluster/daemons/start.ts';
import { ClusterFaults } from '../../cluster/fault/cluster-faults.ts';
import { Configuration, parseAddress } from '../../conf/configuration.ts';
import { SimRandom } from '../sim/world/random.ts';
import { Injector } from './faults.ts';
import { Ledger, type Violation } from './ledger.ts';
import { DIRECTORIES, LOADS, runLoad, type Worker } from './load.ts';
import { Machines, prepareMachines } from './machines.ts';
import { RepeatingProxy } from './repeating-proxy.ts';
import { heal, type Verified, verify } from './verify.ts';

export interface ChaosOptions {
  /** Empty directory for the cluster, below `cluster`, and for its configuration files. The run does not remove it. */
  readonly dir: string;
  /** Length of load and faults in seconds. Healing and comparing come after. */
  readonly seconds: number;
  readonly seed: number;
  readonly datanodes: number;
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

/** Number of clients of each kind. */
const CLIENTS: Readonly<Record<keyof typeof LOADS, number>> = { write: 3, append: 2, read: 2, move: 1, recover: 1 };
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
/** A client that still works this long after the faults have ended is stuck. */
const LOAD_END_LIMIT_MS = 90_000;
const HEAL_LIMIT_MS = 90_000;
/** Limit for the end of clients, one of which may be stuck: the report must be printed all the same. */
const CLOSE_LIMIT_MS = 10_000;
/** Pause between two lines that say which condition the run waits for. */
const TELL_MS = 10_000;

/** Runs a cluster of processes under load and faults, then reads back everything that was acknowledged. */
export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const { datanodes, interrupted } = options;
  const dir = path.join(options.dir, 'cluster');
  const clients: DistributedFileSystem[] = [];
  const stopFaults = new AbortController();
  const random = new SimRandom(options.seed);
  const ledger = new Ledger(options.log);
  let proxy: RepeatingProxy | undefined;
  let injecting: Promise<void> | undefined;
  try {
    const machines = await prepareMachines(options.dir, dir, datanodes);
    const { datanodeProperties, excludeFile } = machines;
    const properties = { ...PROPERTIES, ...machines.properties };
    const given = { dir, datanodes, freePorts: true, mapreduce: false, properties, datanodeProperties };
    const { confDir, addresses } = await startCluster(given);
    const conf = Configuration.load({ confDir });
    const target = parseAddress(addresses['namenode.rpc'] ?? '', 'dfs.namenode.rpc-address');
    const stopping = stopFaults.signal;
    proxy = new RepeatingProxy({ target, random: new SimRandom(random.nextUint32()), ledger, stopping });
    const proxied = `hdfs://127.0.0.1:${await proxy.listen()}`;
    const connect = (uri?: string) => {
      const hdfs = new DistributedFileSystem({ conf, ...(uri && { uri }) });
      clients.push(hdfs);
      return hdfs;
    };
    const loadClient = () => connect(proxied);
    const control = new ProcessControl(dir);
    const run = new Run({ options, ledger, random, connect, loadClient, control, proxy, excludeFile, stopping });
    injecting = run.inject();
    const interruption = once(interrupted, 'abort').then(() => {
      throw new Error('Interrupted');
    });
    return await Promise.race([run.toTheEnd(stopFaults, injecting), interruption]);
  } finally {
    stopFaults.abort();
    // Waits for the faults to end: a daemon that a fault killed must not start again after all others have ended.
    await injecting?.catch(() => undefined);
    // Clients of an interrupted run are not closed: they would wait for a cluster that is gone.
    if (!interrupted.aborted) {
      await Promise.race([Promise.all(clients.map((hdfs) => hdfs.close())), sleep(CLOSE_LIMIT_MS)]);
    }
    await proxy?.close();
    await stopCluster(dir);
  }
}

interface RunOptions {
  readonly options: ChaosOptions;
  readonly ledger: Ledger;
  readonly random: SimRandom;
  /** Makes a client that talks to the NameNode directly. */
  readonly connect: () => DistributedFileSystem;
  /** Makes a client that talks to the NameNode through the repeating proxy. */
  readonly loadClient: () => DistributedFileSystem;
  readonly control: ProcessControl;
  readonly proxy: RepeatingProxy;
  readonly excludeFile: string;
  readonly stopping: AbortSignal;
}

/** The load, the faults and the comparison of one run on a cluster that is up. */
class Run {
  readonly #o: RunOptions;
  readonly #faults: ClusterFaults;
  readonly #injector: Injector;

  constructor(o: RunOptions) {
    const { datanodes, log } = o.options;
    const { control, excludeFile, ledger } = o;
    this.#o = o;
    const faults = new ClusterFaults(control);
    this.#faults = faults;
    const hdfs = o.connect();
    this.#injector = new Injector({
      faults,
      machines: new Machines({ excludeFile, control, faults, hdfs, ledger }),
      hdfs,
      random: new SimRandom(o.random.nextUint32()),
      ledger,
      datanodes,
      // Where there are more than three DataNodes, three stay healthy: enough for all replicas of a block.
      sufferingMax: Math.max(1, datanodes - 3),
      stopping: o.stopping,
      log,
    });
  }

  inject(): Promise<void> {
    return this.#injector.run();
  }

  async toTheEnd(stopFaults: AbortController, injecting: Promise<void>): Promise<ChaosResult> {
    const { seed, seconds, datanodes, tellStage } = this.#o.options;
    const { ledger, control, proxy } = this.#o;
    const tell = stages(tellStage);
    const stopLoad = new AbortController();
    for (const directory of DIRECTORIES) await this.#o.connect().mkdirs(directory);
    const load = this.#startLoad(stopLoad.signal);
    tell('the cluster is up, load and faults begin');
    await sleep(seconds * 1000, undefined, { ref: true });
    tell(`no more load or faults: ${ledger.files.length} files`);
    stopFaults.abort();
    stopLoad.abort();
    await injecting;
    await this.#faults.clear();
    await proxy.idle();
    tell('faults lifted');
    await endLoad(load, ledger, tellStage);
    tell('load ended');
    const began = performance.now();
    const hdfs = this.#o.connect();
    try {
      await heal({ hdfs, ledger: ledger, datanodes, limitMs: HEAL_LIMIT_MS, tell: tellStage });
    } catch (e) {
      ledger.violate('the cluster', `has not healed. ${e instanceof Error ? e.message : String(e)}`);
    }
    const healedMs = performance.now() - began;
    tell('healed');
    const names = datanodesOf(control);
    const dataDirs = new Map(
      names.map((daemon) => [control.dataAddress(daemon), { daemon, dirs: control.dataDirs(daemon) }]),
    );
    const verified = await verify(hdfs, ledger, dataDirs, this.#injector.corrupted);
    tell('compared');
    const { counts: operations, violations } = ledger;
    return { seed, faults: { ...this.#injector.counts, ...proxy.counts }, operations, healedMs, verified, violations };
  }

  #startLoad(stopping: AbortSignal): Load[] {
    return (Object.keys(LOADS) as (keyof typeof LOADS)[]).flatMap((kind) =>
      Array.from({ length: CLIENTS[kind] }, (_, i) => {
        const worker: Worker = {
          name: `${kind} ${i + 1}`,
          hdfs: this.#o.loadClient(),
          random: new SimRandom(this.#o.random.nextUint32()),
          ledger: this.#o.ledger,
          stopping,
          doing: '',
        };
        return { worker, running: runLoad(kind, worker) };
      }),
    );
  }
}

interface Load {
  readonly worker: Worker;
  readonly running: Promise<void>;
}

/** Returns a function that reports the end of a stage with the time that it took. */
function stages(tell: (line: string) => void): (what: string) => void {
  let began = performance.now();
  return (what) => {
    const now = performance.now();
    tell(`${what}, after ${((now - began) / 1000).toFixed(1)} s`);
    began = now;
  };
}

async function endLoad(load: readonly Load[], ledger: Ledger, tell: (line: string) => void): Promise<void> {
  const late = (): Worker[] => load.map(({ worker }) => worker).filter(({ doing }) => doing !== 'done');
  const limit = new AbortController();
  const waiting = (async () => {
    for (let waitedMs = 0; waitedMs < LOAD_END_LIMIT_MS; waitedMs += TELL_MS) {
      await sleep(TELL_MS, undefined, { signal: limit.signal });
      tell(
        `waiting for ${late()
          .map(({ name, doing }) => `${name}: ${doing}`)
          .join('; ')}`,
      );
    }
  })().catch((e: unknown) => {
    if (!limit.signal.aborted) throw e;
  });
  await Promise.race([Promise.all(load.map(({ running }) => running)), waiting]);
  limit.abort();
  for (const { name, doing } of late()) ledger.violate('a client', `(${name}) never came back from: ${doing}`);
}
