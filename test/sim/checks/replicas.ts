// Finds the replicas on simulated disks.

import type { FileNode } from '../disk/disk.ts';
import type { Cluster } from '../world/cluster.ts';
import type { Machine } from '../world/process.ts';

/** A replica on a disk. */
export interface DiskReplica {
  readonly machine: Machine;
  readonly blockId: number;
  readonly generationStamp: number;
  readonly directory: 'finalized' | 'rbw' | 'tmp';
  readonly file: FileNode;
}

/** Returns the replicas on a machine's disk, also those that its DataNode does not know. */
export function replicasOn(machine: Machine): DiskReplica[] {
  const data = new Map<string, Omit<DiskReplica, 'generationStamp'>>();
  const stamps = new Map<string, number>();
  for (const { path, file } of machine.disk.files()) {
    const match = /^\/(\w+)\/.*\/(finalized|rbw|tmp)\/(?:.*\/)?blk_(\d+)(?:_(\d+)\.meta)?$/.exec(path);
    if (match === null || machine.disk.isFailed(path)) continue;
    const [, volume, directory, blockId, stamp] = match;
    const name = `${volume}/${blockId}`;
    if (stamp !== undefined) stamps.set(name, Math.max(stamps.get(name) ?? 0, Number(stamp)));
    else data.set(name, { machine, blockId: Number(blockId), directory: directory as DiskReplica['directory'], file });
  }
  return [...data].map(([name, replica]) => ({ ...replica, generationStamp: stamps.get(name) ?? 0 }));
}

/** Returns whether each block on the machine has a copy elsewhere of the same generation that is no shorter. */
export function isSafeToDamage(cluster: Cluster, machine: Machine): boolean {
  const others = cluster.datanodes.filter((m) => m !== machine).flatMap(replicasOn);
  return replicasOn(machine).every(
    (own) =>
      own.directory === 'tmp' ||
      others.some(
        (other) =>
          other.blockId === own.blockId &&
          other.generationStamp === own.generationStamp &&
          other.directory !== 'tmp' &&
          other.file.bytes.length >= own.file.bytes.length,
      ),
  );
}

/** Returns a finalized replica of which another machine has a newer generation; undefined if there is none. */
export function staleReplica(machines: readonly Machine[]): DiskReplica | undefined {
  const finalized = machines.flatMap(replicasOn).filter((r) => r.directory === 'finalized');
  const newest = new Map<number, number>();
  for (const { blockId, generationStamp } of finalized) {
    newest.set(blockId, Math.max(newest.get(blockId) ?? 0, generationStamp));
  }
  return finalized.find((r) => r.generationStamp < (newest.get(r.blockId) ?? 0));
}
