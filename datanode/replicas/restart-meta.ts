/** Notes on disk which replicas' writers wait for a restart of this DataNode. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { blockFileName, parseBlockFileName } from '../volumes/block-layout.ts';
import type { Volume } from '../volumes/volume.ts';
import type { StoredReplica } from './stored-replica.ts';

// When a DataNode is shut down for a restart, each replica being written gets a small file. Its text is the time, in
// milliseconds since the epoch, until which the writer waits. Hadoop joins directory and name with the path separator
// of lists, so that the file lies beside `rbw/`:
//
//     current/BP-…/current/rbw:.blk_1073741825.restart

const PREFIX = `rbw${path.delimiter}.`;
const SUFFIX = '.restart';

/** Writes the note that a replica's writer waits for this DataNode (Hadoop: LocalReplicaInPipeline.createRestartMetaStream). */
export async function writeRestartMeta(stored: StoredReplica, expiresMs: number): Promise<void> {
  await stored.exclusive(async () => {
    const { kind, blockId } = stored.state;
    if (kind !== 'RBW') return;
    const file = stored.volume.poolPath('current', `${PREFIX}${blockFileName(blockId)}${SUFFIX}`);
    await fs.writeFile(file, String(expiresMs), { mode: 0o600 });
  });
}

/** Reads and deletes all notes of a volume. @returns ids of the blocks whose writers still wait */
export async function takeRestartMetas(volume: Volume, nowMs: number): Promise<Set<number>> {
  const awaited = new Set<number>();
  for (const name of await fs.readdir(volume.poolPath('current'))) {
    if (!name.startsWith(PREFIX) || !name.endsWith(SUFFIX)) continue;
    const file = volume.poolPath('current', name);
    const parsed = parseBlockFileName(name.slice(PREFIX.length, -SUFFIX.length));
    if (parsed && Number(await fs.readFile(file, 'utf8')) > nowMs) awaited.add(parsed.blockId);
    await fs.rm(file);
  }
  return awaited;
}
