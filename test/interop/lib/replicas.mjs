// Finds the replicas on the disks of DataNodes, Calf's or Hadoop's.
import fs from 'node:fs';
import path from 'node:path';

/**
 * Returns the finalized replicas below a directory, for DataNodes of either kind.
 * @returns {{ blockId: bigint, generationStamp: number, file: string, metaFile: string, place: string, pool: string }[]}
 *   `place`: the path below `finalized/`, such as `subdir0/subdir1`; sorted by block id, then by file
 */
export function finalizedReplicas(root) {
  const found = [];
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const dir = entry.parentPath ?? entry.path;
    const id = entry.name.match(/^blk_(-?\d+)$/)?.[1];
    const finalized = `${path.sep}finalized${path.sep}`;
    if (!id || !entry.isFile() || !`${dir}${path.sep}`.includes(finalized)) continue;
    const meta = fs.readdirSync(dir).find((name) => name.startsWith(`blk_${id}_`) && name.endsWith('.meta'));
    found.push({
      blockId: BigInt(id),
      generationStamp: Number(meta?.match(/_(\d+)\.meta$/)?.[1]),
      file: path.join(dir, entry.name),
      metaFile: meta && path.join(dir, meta),
      place: `${dir}${path.sep}`.split(finalized)[1].split(path.sep).filter(Boolean).join('/'),
      pool: dir.split(path.sep).find((part) => part.startsWith('BP-')),
    });
  }
  return found.sort((a, b) => (a.blockId < b.blockId ? -1 : a.blockId > b.blockId ? 1 : a.file < b.file ? -1 : 1));
}

/** Returns the replicas of blocks that are not in `before`: one array of replicas for each new block. */
export function newBlocks(root, before) {
  const old = new Set(before.map((replica) => replica.file));
  const byBlock = new Map();
  for (const replica of finalizedReplicas(root)) {
    if (old.has(replica.file)) continue;
    if (!byBlock.has(replica.blockId)) byBlock.set(replica.blockId, []);
    byBlock.get(replica.blockId).push(replica);
  }
  return [...byBlock.values()];
}

/** Returns the place of a block in Hadoop's layout -57: two levels of 32 directories, bits 16-20 and 8-12 of its id. */
export function expectedPlace(blockId) {
  return `subdir${(blockId >> 16n) & 31n}/subdir${(blockId >> 8n) & 31n}`;
}
