// The processes of a chaos run.
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

const RACKS = 2;
const VOLUMES = 2;
const RETRY_MS = 300;
const REFRESH_LIMIT_MS = 60_000;

/** Files beside the cluster's directory that its configuration names. */
interface MachineFiles {
  readonly racks: string;
  readonly exclude: string;
}

/** Writes them. @returns properties of the cluster and of its single DataNodes: two racks, two volumes each */
export async function prepareMachines(dir: string, clusterDir: string, datanodes: number) {
  const files: MachineFiles = { racks: path.join(dir, 'racks'), exclude: path.join(dir, 'exclude') };
  const all = Array.from({ length: datanodes }, (_, index) => index);
  await fs.writeFile(files.racks, all.map((i) => `${hostName(i)} /rack${(i % RACKS) + 1}\n`).join(''));
  await fs.writeFile(files.exclude, '');
  const properties = {
    'net.topology.node.switch.mapping.impl': 'org.apache.hadoop.net.TableMapping',
    'net.topology.table.file.name': files.racks,
    'dfs.hosts.exclude': files.exclude,
    'dfs.datanode.failed.volumes.tolerated': String(VOLUMES - 1),
    'dfs.namenode.decommission.interval': '1',
  };
  const volumesOf = (index: number) =>
    Array.from({ length: VOLUMES }, (_, v) => path.join(clusterDir, `${datanodeName(index)}-volume${v + 1}`));
  const datanodeProperties = all.map((index) => ({
    'dfs.datanode.hostname': hostName(index),
    'dfs.datanode.data.dir': volumesOf(index).join(','),
  }));
  return { properties, datanodeProperties, excludeFile: files.exclude };
}

/** They share an address: the table of racks knows them by these names. */
const hostName = (index: number): string => `host${index + 1}`;

export interface MachinesOptions {
  readonly excludeFile: string;
  readonly control: DaemonControl;
  readonly faults: ClusterFaults;
  readonly hdfs: DistributedFileSystem;
  readonly ledger: Ledger;
}

/** What an administrator and age do to single DataNodes. */
export class Machines {
  readonly #o: MachinesOptions;
  readonly #excluded = new Set<string>();
  #writing: Promise<void> = Promise.resolve();

  constructor(options: MachinesOptions) {
    this.#o = options;
  }

  /** Into dfs.hosts.exclude, and `dfsadmin -refreshNodes`: the DataNode gives its blocks to the others. */
  async decommission(index: number): Promise<void> {
    this.#excluded.add(this.#addressOf(index));
    await this.#apply();
  }

  async recommission(index: number): Promise<void> {
    if (await this.#isDecommissioned(index)) this.#o.ledger.count('DataNodes decommissioned');
    this.#excluded.delete(this.#addressOf(index));
    await this.#apply();
  }

  /** False also when the NameNode does not say. */
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

  /** The NameNode may be away: it is asked until it has heard. @throws when it does not in time */
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

  /** A disk is gone: a file is where the volume was. */
  async failVolume(index: number, volume: number): Promise<void> {
    const directory = this.#volume(index, volume);
    await fs.rename(directory, awayFrom(directory));
    await fs.writeFile(directory, '');
  }

  /** The disk is back, as it was, and the DataNode starts again to use it. */
  async returnVolume(index: number, volume: number): Promise<void> {
    const directory = this.#volume(index, volume);
    await fs.rm(directory);
    await fs.rename(awayFrom(directory), directory);
    await this.#o.faults.restartDataNode(index);
  }

  #volume(index: number, volume: number): string {
    const directories = this.#o.control.dataDirs(datanodeName(index));
    return directories[volume % directories.length] ?? '';
  }
}

const awayFrom = (directory: string): string => `${directory}.away`;
