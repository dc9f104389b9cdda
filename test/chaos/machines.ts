// Prepares the DataNodes of a chaos run, decommissions them and fails their volumes.
import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { type DaemonControl, datanodeName } from '../../cluster/daemons/daemon-control.ts';
import type { ClusterFaults } from '../../cluster/fault/cluster-faults.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { DatanodeInfoProto_AdminState as AdminState, DatanodeReportTypeProto } from '../../protocol/gen/messages.ts';
import { HadoopError } from '../../runtime/errors.ts';
import type { Ledger } from './ledger.ts';
import type { MachineDisks } from './machine-disks.ts';
import type { RunPlan } from './plan.ts';

const RACKS = 2;
const VOLUMES = 2;
const RETRY_MS = 300;
const REFRESH_LIMIT_MS = 60_000;

/** Files outside the cluster's directory that its configuration names. */
interface MachineFiles {
  readonly racks: string;
  readonly exclude: string;
}

/**
 * Writes these files.
 * @param dir the run's directory
 * @returns properties of the cluster and of each DataNode: two racks, two volumes each
 */
export async function prepareMachines(dir: string, disks: MachineDisks, plan: RunPlan, datanodes: number) {
  const files: MachineFiles = { racks: path.join(dir, 'racks'), exclude: path.join(dir, 'exclude') };
  const all = Array.from({ length: datanodes }, (_, index) => index);
  await fs.writeFile(files.racks, all.map((i) => `${hostName(i)} /rack${(i % RACKS) + 1}\n`).join(''));
  await fs.writeFile(files.exclude, '');
  const nameDirectories = Array.from({ length: plan.nameDirectories }, (_, i) =>
    path.join(disks.directory('namenode'), `name${i + 1}`),
  );
  const properties = {
    'net.topology.node.switch.mapping.impl': 'org.apache.hadoop.net.TableMapping',
    'net.topology.table.file.name': files.racks,
    'dfs.hosts.exclude': files.exclude,
    'dfs.datanode.failed.volumes.tolerated': String(VOLUMES - 1),
    'dfs.namenode.decommission.interval': '1',
    'dfs.namenode.name.dir': nameDirectories.join(','),
    'dfs.datanode.synconclose': String(plan.syncsOnClose),
  };
  const volumesOf = (index: number) =>
    Array.from({ length: VOLUMES }, (_, v) => path.join(disks.directory(datanodeName(index)), `volume${v + 1}`));
  const datanodeProperties = all.map((index) => ({
    'dfs.datanode.hostname': hostName(index),
    'dfs.datanode.data.dir': volumesOf(index).join(','),
  }));
  return { properties, datanodeProperties, nameDirectories, excludeFile: files.exclude };
}

/** Returns a DataNode's name in the table of racks, because all DataNodes have the same address. */
const hostName = (index: number): string => `host${index + 1}`;

export interface MachinesOptions {
  readonly disks: MachineDisks;
  readonly excludeFile: string;
  readonly control: DaemonControl;
  readonly faults: ClusterFaults;
  readonly hdfs: DistributedFileSystem;
  readonly ledger: Ledger;
}

/** Decommissions single DataNodes and fails their volumes. */
export class Machines {
  readonly #o: MachinesOptions;
  readonly #excluded = new Set<string>();
  #writing: Promise<void> = Promise.resolve();

  constructor(options: MachinesOptions) {
    this.#o = options;
  }

  /**
   * Lists a DataNode in dfs.hosts.exclude and calls refreshNodes: the NameNode copies its blocks to other DataNodes.
   */
  async decommission(index: number): Promise<void> {
    this.#excluded.add(this.#addressOf(index));
    await this.#apply();
  }

  async recommission(index: number): Promise<void> {
    if (await this.#isDecommissioned(index)) this.#o.ledger.count('DataNodes decommissioned');
    this.#excluded.delete(this.#addressOf(index));
    await this.#apply();
  }

  /** Returns false also if the NameNode does not answer. */
  async #isDecommissioned(index: number): Promise<boolean> {
    try {
      const { di: all } = await this.#o.hdfs.call(ClientNamenode.getDatanodeReport, {
        type: DatanodeReportTypeProto.ALL,
      });
      const port = Number(this.#addressOf(index).split(':').at(-1));
      return all.some(({ id, adminState }) => id.xferPort === port && adminState === AdminState.DECOMMISSIONED);
    } catch (e) {
      this.#o.ledger.fail('report of DataNodes', HadoopError.from(e));
      return false;
    }
  }

  #addressOf(index: number): string {
    return this.#o.control.dataAddress(datanodeName(index));
  }

  /**
   * Writes the exclude file and repeats refreshNodes while the NameNode is down.
   * @throws the last error after a limit
   */
  async #apply(): Promise<void> {
    const write = () => fs.writeFile(this.#o.excludeFile, [...this.#excluded, ''].join('\n'));
    this.#writing = this.#writing.then(write, write);
    await this.#writing;
    const began = performance.now();
    for (;;) {
      try {
        await this.#o.hdfs.call(ClientNamenode.refreshNodes, {});
        return;
      } catch (e) {
        if (performance.now() - began > REFRESH_LIMIT_MS) throw e;
        await sleep(RETRY_MS);
      }
    }
  }

  /** Fails a volume: moves its directory away and puts a file in its place. */
  async failVolume(index: number, volume: number): Promise<void> {
    const directory = this.#volume(index, volume);
    await fs.rename(directory, awayFrom(directory));
    await fs.writeFile(directory, '');
    await this.#o.disks.sync(datanodeName(index));
  }

  /** Puts a failed volume back as it was, and restarts the DataNode so that it uses the volume. */
  async returnVolume(index: number, volume: number): Promise<void> {
    const directory = this.#volume(index, volume);
    await fs.rm(directory);
    await fs.rename(awayFrom(directory), directory);
    await this.#o.disks.sync(datanodeName(index));
    await this.#o.faults.restartDataNode(index);
  }

  #volume(index: number, volume: number): string {
    const directories = this.#o.control.dataDirs(datanodeName(index));
    return directories[volume % directories.length] ?? '';
  }
}

const awayFrom = (directory: string): string => `${directory}.away`;
