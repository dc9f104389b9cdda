// Faults of whole disks: power that goes off, old copies that are put back, a DataNode's directory that is copied.
import fs from 'node:fs/promises';
import path from 'node:path';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { datanodeName } from '../../cluster/daemons/daemon-control.ts';
import { daemonState, killProcess } from '../../cluster/daemons/daemon-process.ts';
import { launchDaemon } from '../../cluster/daemons/launch.ts';
import { ClusterLayout } from '../../cluster/daemons/layout.ts';
import type { ProcessControl } from '../../cluster/daemons/process-control.ts';
import type { ClusterFaults } from '../../cluster/fault/cluster-faults.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { SafeModeActionProto } from '../../protocol/gen/messages.ts';
import { sleep } from '../../runtime/promises.ts';
import type { SimRandom } from '../sim/world/random.ts';
import type { Ledger } from './ledger.ts';
import type { MachineDisks } from './machine-disks.ts';
import type { PowerLoss } from './power/volatile-disk.ts';
import { isSafeToDamage } from './replica-safety.ts';

const NAMENODE = 'namenode';
/** Name of the DataNode that is started on a copy of another one's directory. */
const COPY = 'datanode99';
/** The message of a DataNode that was refused because its directory is a copy. */
const REFUSAL = /is a copy of that of the DataNode at \S+, which is alive/;
const REFUSAL_LIMIT_MS = 30_000;
/** Limit for all DataNodes to have reported to a NameNode that has started with them. */
const SAFE_MODE_LIMIT_MS = 60_000;
const POLL_MS = 50;
/** Time in which bytes that were on their way to other DataNodes arrive there. */
const SETTLE_MS = 200;

export interface DiskFaultsOptions {
  readonly dir: string;
  readonly disks: MachineDisks;
  readonly control: ProcessControl;
  readonly faults: ClusterFaults;
  readonly hdfs: DistributedFileSystem;
  readonly random: SimRandom;
  readonly ledger: Ledger;
  readonly datanodes: readonly string[];
  readonly nameDirectories: readonly string[];
  /** `blk_1 datanode2` of each replica that another fault has damaged. */
  readonly corrupted: ReadonlySet<string>;
}

export class DiskFaults {
  readonly #o: DiskFaultsOptions;
  /** The copies of a DataNode's volumes, and of a name directory, once they are taken. */
  #dataCopies: readonly string[] | undefined;
  #nameCopy: string | undefined;

  constructor(options: DiskFaultsOptions) {
    this.#o = options;
  }

  /** Drops the copies that were taken. They are of no use once the namespace has another past. */
  forgetCopies(): void {
    this.#dataCopies = undefined;
    this.#nameCopy = undefined;
  }

  /** Cuts the NameNode's power. */
  async cutNamenode(): Promise<void> {
    await this.#o.faults.killNameNode();
    await this.#cut(NAMENODE);
  }

  /** Cuts the power of all machines at once. */
  async cutAll(): Promise<void> {
    const { faults, datanodes, ledger } = this.#o;
    await Promise.all([faults.killNameNode(), ...datanodes.map((name) => faults.kill(name))]);
    ledger.losePower();
    for (const machine of [NAMENODE, ...datanodes]) await this.#cut(machine);
  }

  /** Waits until the NameNode, after a loss of power of all machines, has found a replica of every block. */
  async findsEveryBlock(): Promise<void> {
    const { hdfs, ledger } = this.#o;
    const isInSafeMode = () => hdfs.call(ClientNamenode.setSafeMode, { action: SafeModeActionProto.SAFEMODE_GET });
    const began = performance.now();
    while ((await isInSafeMode()).result) {
      if (performance.now() - began > SAFE_MODE_LIMIT_MS) {
        ledger.violate('the namespace', `lacks blocks after all machines lost their power: safe mode stays on`);
        return;
      }
      await sleep(POLL_MS);
    }
  }

  async #cut(machine: string): Promise<void> {
    const { disks, random } = this.#o;
    const loss: PowerLoss = random.chance(0.5) ? 'all' : 'some';
    await disks.cut(machine, loss, random.nextUint32());
  }

  /**
   * Ends a DataNode and cuts its power, unless acknowledged bytes would be lost with its disk.
   * @returns whether its power is off; if not, it goes on
   */
  cutDatanode(index: number): Promise<boolean> {
    return this.#damage(index, () => this.#cut(datanodeName(index)));
  }

  /** Ends a DataNode and puts the copy of its volumes back, or takes the copy if there is none yet. As cutDatanode(). */
  async restoreDatanode(index: number): Promise<boolean> {
    const { control, disks, faults } = this.#o;
    const name = datanodeName(index);
    const copies = this.#dataCopies;
    if (copies !== undefined) {
      return this.#damage(index, async () => {
        for (const [i, directory] of control.dataDirs(name).entries()) {
          await disks.putBack(name, copies[i] ?? '', directory);
        }
      });
    }
    await faults.kill(name);
    this.#dataCopies = await disks.copyOff(name, control.dataDirs(name));
    return true;
  }

  async #damage(index: number, action: () => Promise<void>): Promise<boolean> {
    const { control, faults, corrupted, hdfs, ledger, datanodes } = this.#o;
    const name = datanodeName(index);
    faults.pauseDataNode(index);
    await sleep(SETTLE_MS);
    let isSafe = false;
    try {
      const directories = new Map(datanodes.map((one) => [one, control.dataDirs(one)]));
      isSafe = await isSafeToDamage(name, directories, corrupted, hdfs, ledger);
    } finally {
      if (!isSafe) faults.resumeDataNode(index);
    }
    if (!isSafe) {
      ledger.count('disks not damaged, which held a last replica');
      return false;
    }
    await faults.kill(name);
    ledger.loseReplicas();
    await action();
    return true;
  }

  /** Ends the NameNode and puts an old copy in the place of one of its two directories, or takes the copy. */
  async restoreOneNameDirectory(): Promise<void> {
    const { disks, faults, nameDirectories, random } = this.#o;
    await faults.killNameNode();
    const directory = random.pick(nameDirectories);
    if (this.#nameCopy === undefined) [this.#nameCopy] = await disks.copyOff('one-name-directory', [directory]);
    else await disks.putBack(NAMENODE, this.#nameCopy, directory);
  }

  /**
   * Copies the directories of a DataNode while it does not run, starts it again, and starts a second DataNode on the
   * copy. The NameNode must refuse the second one, and the first one must stay.
   */
  async copyDatanode(index: number): Promise<void> {
    const { control, disks, faults, ledger } = this.#o;
    const name = datanodeName(index);
    await faults.kill(name);
    const copies = await disks.copyOff(COPY, control.dataDirs(name));
    await faults.restartDataNode(index);
    const text = await this.#startCopy(copies);
    if (!REFUSAL.test(text)) ledger.violate(`a copy of the directory of ${name}`, `was not refused: ${text}`);
    if (control.state(name) !== 'running') ledger.violate(name, 'has ended, because its directory was copied');
    for (const copy of copies) await fs.rm(copy, { recursive: true });
  }

  /** Starts a DataNode on directories. @returns the last lines of its log when it has ended, or should have */
  async #startCopy(directories: readonly string[]): Promise<string> {
    const layout = new ClusterLayout(path.join(this.#o.dir, 'cluster'));
    const log = layout.logFile(COPY);
    const start = await lengthOf(log);
    const properties = {
      'dfs.datanode.data.dir': directories.join(','),
      'dfs.datanode.address': '127.0.0.1:0',
      'dfs.datanode.ipc.address': '127.0.0.1:0',
      'dfs.datanode.http.address': '127.0.0.1:0',
    };
    let pid: number | undefined;
    const note = (processId: number): void => {
      pid = processId;
    };
    // A start that fails is told in the log, like a refusal after it.
    await launchDaemon(layout, COPY, properties, note).catch(() => undefined);
    if (pid === undefined) return 'its process could not be started';
    for (let waitedMs = 0; waitedMs < REFUSAL_LIMIT_MS && daemonState(COPY, pid) !== 'ended'; waitedMs += POLL_MS) {
      await sleep(POLL_MS);
    }
    if (daemonState(COPY, pid) !== 'ended') {
      await killProcess([COPY, pid]);
      return `it still ran after ${REFUSAL_LIMIT_MS / 1000} s`;
    }
    return (await fs.readFile(log)).subarray(start).toString().trim();
  }
}

async function lengthOf(file: string): Promise<number> {
  return (await fs.stat(file).catch(() => undefined))?.size ?? 0;
}
