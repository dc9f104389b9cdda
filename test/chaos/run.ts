// The course of one run on a cluster that is up: load and faults, an old copy put back, load and faults again, comparison.
import { setTimeout as sleep } from 'node:timers/promises';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { datanodesOf } from '../../cluster/daemons/daemon-control.ts';
import type { ProcessControl } from '../../cluster/daemons/process-control.ts';
import { ClusterFaults } from '../../cluster/fault/cluster-faults.ts';
import { messageOf } from '../../runtime/errors.ts';
import { SimRandom } from '../sim/world/random.ts';
import type { ChaosOptions, ChaosResult } from './chaos.ts';
import { endLoad, startLoad } from './clients.ts';
import { DiskFaults } from './disk-faults.ts';
import { type FaultKind, Injector } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { DIRECTORIES } from './load.ts';
import type { MachineDisks } from './machine-disks.ts';
import { Machines } from './machines.ts';
import { NamespaceRestore } from './namespace-restore.ts';
import type { RunPlan } from './plan.ts';
import { RepeatingProxy } from './repeating-proxy.ts';
import { heal, verify } from './verify.ts';

const HEAL_LIMIT_MS = 90_000;

export interface RunOptions {
  readonly options: ChaosOptions;
  readonly plan: RunPlan;
  readonly ledger: Ledger;
  readonly random: SimRandom;
  /** Makes a client that talks to the NameNode directly, or to the given address. */
  readonly connect: (uri?: string) => DistributedFileSystem;
  /** The NameNode's own address. */
  readonly namenode: { readonly host: string; readonly port: number };
  readonly control: ProcessControl;
  readonly disks: MachineDisks;
  readonly excludeFile: string;
  readonly nameDirectories: readonly string[];
  /** Aborts when the run must end early. */
  readonly stopping: AbortSignal;
}

export class Run {
  readonly #o: RunOptions;
  readonly #faults: ClusterFaults;
  readonly #hdfs: DistributedFileSystem;
  readonly #diskFaults: DiskFaults;
  readonly #machines: Machines;
  readonly #restore: NamespaceRestore;
  readonly #corrupted = new Set<string>();
  readonly #counts: Partial<Record<FaultKind, number>> = {};
  readonly #proxyCounts: Record<string, number> = {};
  readonly #tell: (what: string) => void;
  /** Resolves when no fault goes on: a daemon that a fault killed must not start again after all others have ended. */
  injecting: Promise<unknown> = Promise.resolve();

  constructor(o: RunOptions) {
    const { control, ledger, disks, excludeFile, nameDirectories } = o;
    const faults = new ClusterFaults(control);
    const hdfs = o.connect();
    this.#o = o;
    this.#faults = faults;
    this.#hdfs = hdfs;
    this.#machines = new Machines({ disks, excludeFile, control, faults, hdfs, ledger });
    this.#restore = new NamespaceRestore({ disks, control, faults, hdfs, ledger, nameDirectories });
    this.#diskFaults = new DiskFaults({
      dir: o.options.dir,
      disks,
      control,
      faults,
      hdfs,
      random: new SimRandom(o.random.nextUint32()),
      ledger,
      datanodes: datanodesOf(control),
      nameDirectories,
      corrupted: this.#corrupted,
    });
    this.#tell = stages(o.options.tellStage);
  }

  async toTheEnd(): Promise<ChaosResult> {
    const { seconds, datanodes, tellStage } = this.#o.options;
    const { ledger, plan, control } = this.#o;
    const began = performance.now();
    for (const directory of DIRECTORIES) await this.#hdfs.mkdirs(directory);
    this.#tell('the cluster is up, load and faults begin');
    const firstSeconds = plan.restoreAt * seconds;
    await this.#loadAndFaults(firstSeconds, plan.copyAt * firstSeconds);
    await this.#putOldCopyBack();
    const secondsLeft = seconds - (performance.now() - began) / 1000;
    if (secondsLeft > 0) await this.#loadAndFaults(secondsLeft, undefined);
    const beganToHeal = performance.now();
    try {
      await heal({ hdfs: this.#hdfs, ledger, datanodes, limitMs: HEAL_LIMIT_MS, tell: tellStage });
    } catch (e) {
      ledger.violate('the cluster', `has not healed. ${messageOf(e)}`);
    }
    const healedMs = performance.now() - beganToHeal;
    this.#tell('healed');
    const names = datanodesOf(control);
    const dataDirs = new Map(
      names.map((daemon) => [control.dataAddress(daemon), { daemon, dirs: control.dataDirs(daemon) }]),
    );
    const verified = await verify(this.#hdfs, ledger, dataDirs, this.#corrupted);
    this.#tell('compared');
    return { ...this.resultSoFar, healedMs, verified };
  }

  get resultSoFar(): ChaosResult {
    const { counts: operations, violations } = this.#o.ledger;
    const faults = { ...this.#counts, ...this.#proxyCounts };
    const verified = { files: 0, bytes: 0, replicas: 0, replicaBytes: 0 };
    return { seed: this.#o.options.seed, faults, operations, healedMs: 0, verified, violations };
  }

  /** Lets clients work under faults for a time, ends the faults and waits for the clients. */
  async #loadAndFaults(seconds: number, copyAfterSeconds: number | undefined): Promise<void> {
    const { ledger, random, namenode, stopping, connect } = this.#o;
    const { tellStage } = this.#o.options;
    const stop = new AbortController();
    const ends = AbortSignal.any([stop.signal, stopping]);
    const proxy = new RepeatingProxy({
      target: namenode,
      random: new SimRandom(random.nextUint32()),
      ledger,
      stopping: ends,
    });
    const uri = `hdfs://127.0.0.1:${await proxy.listen()}`;
    try {
      const load = startLoad({ connect: () => connect(uri), random, ledger, stopping: ends });
      const injector = this.#injector(ends);
      const copying = async () => {
        if (copyAfterSeconds === undefined) return;
        await sleep(copyAfterSeconds * 1000);
        await injector.whileNamenodeIsDown('kill-namenode', () => this.#restore.takeCopy());
      };
      this.injecting = Promise.all([injector.run(), copying()]);
      await sleep(seconds * 1000);
      this.#tell(`no more load or faults: ${ledger.files.length} files`);
      stop.abort();
      await this.injecting;
      await this.#faults.clear();
      await proxy.idle();
      this.#tell('faults lifted');
      await endLoad(load, ledger, tellStage);
      this.#tell('load ended');
    } finally {
      stop.abort();
      await proxy.close();
      for (const [kind, count] of Object.entries(proxy.counts)) {
        this.#proxyCounts[kind] = (this.#proxyCounts[kind] ?? 0) + count;
      }
    }
  }

  #injector(stopping: AbortSignal): Injector {
    const { plan, random, ledger, disks } = this.#o;
    const { datanodes, log } = this.#o.options;
    const includes = (kind: FaultKind): boolean => {
      if (kind.startsWith('cut-power') && !disks.canLosePower) return false;
      if (kind === 'cut-power-of-all') return plan.syncsOnClose;
      if (kind === 'restore-one-name-directory') return plan.nameDirectories === 2;
      return true;
    };
    return new Injector({
      faults: this.#faults,
      machines: this.#machines,
      diskFaults: this.#diskFaults,
      includes,
      plan,
      hdfs: this.#hdfs,
      random: new SimRandom(random.nextUint32()),
      ledger,
      datanodes,
      // Where there are more than three DataNodes, three stay healthy: enough for all replicas of a block.
      sufferingMax: Math.max(1, datanodes - 3),
      corrupted: this.#corrupted,
      counts: this.#counts,
      stopping,
      log,
    });
  }

  async #putOldCopyBack(): Promise<void> {
    const { ledger } = this.#o;
    try {
      const kept = await this.#restore.restore();
      ledger.count('files of the old copy that were unchanged', kept);
    } catch (e) {
      ledger.violate('the namespace', `could not be restored: ${messageOf(e)}`);
    }
    this.#diskFaults.forgetCopies();
    this.#tell('an old copy of the name directory is back');
  }
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
