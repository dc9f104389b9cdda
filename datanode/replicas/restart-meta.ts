import fs from 'node:fs/promises';
import path from 'node:path';
import { blockFileName, parseBlockFileName } from '../volumes/block-layout.ts';
import type { Volume } from '../volumes/volume.ts';
import type { StoredReplica } from './stored-replica.ts';

// A replica whose DataNode was shut down for a restart has a small file that says until when, in milliseconds of the
// epoch, its writer is waiting. Hadoop joins directory and name with the path separator, so that it lies beside `rbw/`:
//
//     current/BP-…/current/rbw:.blk_1073741825.restart

const PREFIX = `rbw${path.delimiter}.`;
const SUFFIX = '.restart';

/** Notes that a replica's writer waits for this DataNode (Hadoop: LocalReplicaInPipeline.createRestartMetaStream). */
export async function writeRestartMeta(stored: StoredReplica, expiresMs: number): Promise<void> {
  await stored.exclusive(async () => {
    const { kind, blockId } = stored.state;
    if (kind !== 'RBW') return;
    const file = stored.volume.poolPath('current', `${PREFIX}${blockFileName(blockId)}${SUFFIX}`);
    await fs.writeFile(file, String(expiresMs));
  });
}

/** Reads and deletes all such notes of a volume. @returns the blocks whose writers are still waiting */
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
