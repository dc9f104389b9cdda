// Checks that a damaged byte of a replica is found: by the first reader that meets it, and within the scan period.
import type { DistributedFileSystem } from '../../../client/distributed-file-system.ts';
import type { FileNode } from '../disk/disk.ts';
import type { Cluster } from '../world/cluster.ts';
import type { Machine } from '../world/process.ts';
import type { Model, ModelFile } from './model.ts';

/** A damaged byte is reported, and the replica replaced, this long after all other damage is repaired. */
const FOUND_MS_MAX = 90_000;
/** More than a file has blocks. */
const PASSES_MAX = 20;

/** A file of a replica in which one byte was changed without its DataNode's knowledge. */
export interface RottenFile {
  readonly machine: Machine;
  readonly file: FileNode;
  readonly what: string;
  /** Whether the DataNode can only know the byte by what the header was before. */
  readonly isToldByLog: boolean;
}

/**
 * Waits until no rotten replica is left. With a block scanner nobody reads: the scanner must find each one. Without one,
 * a client on each DataNode's machine reads every file first, from the replica beside it.
 */
export async function checkRotIsFound(
  cluster: Cluster,
  model: Model,
  rotten: readonly RottenFile[],
  hasScanner: boolean,
  isBroken: () => boolean,
): Promise<void> {
  const { world } = cluster;
  if (rotten.length === 0 || isBroken()) return;
  world.coverage.hit(`check rot-${hasScanner ? 'scanned' : 'read'}`);
  const left = (): RottenFile | undefined => rotten.find(isThere);
  if (!hasScanner) for (const machine of cluster.datanodes) readAll(cluster, model, machine, left);
  await world.scheduler.runUntil(world.nowMs + FOUND_MS_MAX, () => isBroken() || left() === undefined);
  const unfound = left();
  if (isBroken() || unfound === undefined) return;
  const finder = hasScanner ? 'the block scanner' : 'a reader on the same machine';
  world.fail('rot-is-found', `${unfound.what} on ${unfound.machine.name} was not found by ${finder}`);
}

/** Whether a rotten file is still that of a finalized replica. */
function isThere({ machine, file }: RottenFile): boolean {
  for (const { path, file: other } of machine.disk.files()) {
    if (other === file) return path.includes('/finalized/') && !machine.disk.isFailed(path);
  }
  return false;
}

/**
 * Reads every file from the machine of a DataNode. Reads succeed: another replica has what a rotten one lacks. A reader
 * that met a rotten replica takes the next blocks of the file from other DataNodes, so all files are read again.
 */
function readAll(cluster: Cluster, model: Model, machine: Machine, left: () => RottenFile | undefined): void {
  const { world } = cluster;
  const read = async (fs: DistributedFileSystem, file: ModelFile, path: string): Promise<void> => {
    try {
      const expected = model.expectation(file);
      const input = await fs.open(path);
      model.checkRead(file, `a reader on ${machine.name}`, await input.pread(0, input.length), expected);
      await input.close();
    } catch (e) {
      const { code } = e as { code?: string };
      if (code === undefined) throw e;
      if (code === 'FileNotFoundException') return;
      world.fail('closed-files-are-readable', `a reader on ${machine.name}: ${path} can't be read: ${String(e)}`);
    }
  };
  cluster.startClientBeside(machine, async (fs) => {
    for (let pass = 0; pass < PASSES_MAX && left() !== undefined; pass++) {
      for (const file of model.files) {
        // A rename whose client died may have happened.
        for (const path of [file.path, file.otherPath]) if (path !== undefined) await read(fs, file, path);
      }
    }
  });
}
