import type { Cluster } from './cluster.ts';
import type { FileNode } from './disk.ts';
import type { Machine } from './process.ts';

/** A replica as it lies on a disk. */
export interface DiskReplica {
  readonly machine: Machine;
  readonly blockId: number;
  readonly generationStamp: number;
  readonly directory: 'finalized' | 'rbw' | 'tmp';
  readonly file: FileNode;
}

/** What lies on a machine's disk, whatever its DataNode thinks of it. */
export function replicasOn(machine: Machine): DiskReplica[] {
  const data = new Map<number, { file: FileNode; directory: DiskReplica['directory'] }>();
  const stamps = new Map<number, number>();
  for (const { path, file } of machine.disk.files()) {
    const match = /\/(finalized|rbw|tmp)\/(?:.*\/)?blk_(\d+)(?:_(\d+)\.meta)?$/.exec(path);
    if (match === null) continue;
    const blockId = Number(match[2]);
    if (match[3] !== undefined) stamps.set(blockId, Math.max(stamps.get(blockId) ?? 0, Number(match[3])));
    else data.set(blockId, { file, directory: match[1] as DiskReplica['directory'] });
  }
  return [...data].map(([blockId, { file, directory }]) => ({
    machine,
    blockId,
    generationStamp: stamps.get(blockId) ?? 0,
    directory,
    file,
  }));
}

/** Whether each block on the machine has another copy of the same generation that is no shorter. */
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

/** A finalized replica that a newer generation of its block, on another machine, has left behind. */
export function staleReplica(machines: readonly Machine[]): DiskReplica | undefined {
  const finalized = machines.flatMap(replicasOn).filter((r) => r.directory === 'finalized');
  const newest = new Map<number, number>();
  for (const { blockId, generationStamp } of finalized) {
    newest.set(blockId, Math.max(newest.get(blockId) ?? 0, generationStamp));
  }
  return finalized.find((r) => r.generationStamp < (newest.get(r.blockId) ?? 0));
}
