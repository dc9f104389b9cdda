/** Compares the files on the volumes with the replicas that the DataNode believes to have. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { Bug } from '../../runtime/bug.ts';
import { errorCode } from '../../runtime/errors.ts';
import { lengthIfThere } from '../../runtime/files/file-io.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import { forgetVanished } from '../context/vanished-replica.ts';
import { META_HEADER_BYTES } from '../replicas/meta-header.ts';
import { type BlockFiles, finalizedReplica, listBelow } from '../replicas/replica-scan.ts';
import type { StoredReplica } from '../replicas/stored-replica.ts';
import { blockFileName, replicaDirectory } from '../volumes/block-layout.ts';
import type { Volume } from '../volumes/volume.ts';
import { StoreLoop } from './store-loop.ts';

/** The findings of one scan, named as in Hadoop's log. */
export interface ScanStats {
  totalBlocks: number;
  missingBlockFiles: number;
  missingMetaFiles: number;
  missingMemoryBlocks: number;
  mismatchBlocks: number;
}

/** The number of replicas checked at once. */
const STATS_AT_ONCE = 32;

type Scope = Pick<DatanodeContext, 'store' | 'events' | 'log' | 'bugs'>;

/**
 * Compares the files in `finalized/` with the replicas in memory and corrects the memory, because people and disks remove,
 * cut and restore files (Hadoop: DirectoryScanner, FsDatasetImpl.checkAndUpdate).
 */
export class DirectoryScanner {
  readonly #scope: Scope;
  readonly #intervalMs: number;
  readonly #loop: StoreLoop;

  /** @param intervalMs dfs.datanode.directoryscan.interval; the scanner never runs if it is 0 or less */
  constructor(scope: Scope, intervalMs: number) {
    this.#scope = scope;
    this.#intervalMs = intervalMs;
    this.#loop = new StoreLoop(scope.store);
  }

  start(): void {
    if (this.#intervalMs > 0) this.#loop.start(() => this.#run());
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async #run(): Promise<void> {
    while (!this.#loop.isStopped) {
      await this.#loop.sleep(this.#intervalMs);
      if (this.#loop.isStopped) return;
      try {
        await this.scan();
      } catch (err) {
        const failure = this.#scope.bugs.ofWork('DirectoryScanner.scan', {}, err);
        if (failure instanceof Bug) return;
        this.#scope.log.warn({ err }, 'the directory scan failed');
      }
    }
  }

  /** Compares every volume now. */
  async scan(): Promise<ScanStats> {
    const { store, log } = this.#scope;
    const stats = {
      totalBlocks: 0,
      missingBlockFiles: 0,
      missingMetaFiles: 0,
      missingMemoryBlocks: 0,
      mismatchBlocks: 0,
    };
    for (const volume of store.volumes) {
      const onDisk = await listBelow(volume.poolPath('current', 'finalized'));
      stats.totalBlocks += onDisk.size;
      const known = [...store.replicas()].filter((r) => r.volume === volume);
      for (let at = 0; at < known.length && !this.#loop.isStopped; at += STATS_AT_ONCE) {
        await Promise.all(known.slice(at, at + STATS_AT_ONCE).map((stored) => this.#checkKnown(stored, stats)));
      }
      for (const files of onDisk.values()) {
        if (!this.#loop.isStopped && store.isUnknown(files.blockId)) await this.#checkUnknown(volume, files, stats);
      }
    }
    const found = Object.entries(stats).some(([name, count]) => name !== 'totalBlocks' && count > 0);
    log[found ? 'warn' : 'debug'](stats, 'directory scan');
    return stats;
  }

  async #checkKnown(stored: StoredReplica, stats: ScanStats): Promise<void> {
    const finding = await stored.exclusive(() => compare(stored));
    if (finding === undefined) return;
    const { events, log } = this.#scope;
    stats[finding]++;
    if (finding === 'missingBlockFiles') {
      await forgetVanished(this.#scope, stored);
      return;
    }
    log.warn({ block: stored.name, file: stored.paths.data, finding }, 'the directory scan found a corrupt block');
    events.bad(stored.block, undefined);
  }

  /** Takes in a replica that this DataNode does not know, or deletes a meta file that has no block file. */
  async #checkUnknown(volume: Volume, files: BlockFiles, stats: ScanStats): Promise<void> {
    const { store, events, log } = this.#scope;
    const { blockId, directory } = files;
    try {
      if (!files.hasData) {
        const meta = files.meta && path.join(directory, files.meta.name);
        const data = path.join(directory, blockFileName(blockId));
        if (meta && (await lengthIfThere(data)) === undefined && store.isUnknown(blockId)) {
          stats.missingBlockFiles++;
          log.warn({ file: meta }, 'a meta file without its block file is deleted');
          await fs.rm(meta, { force: true });
        }
        return;
      }
      stats.missingMemoryBlocks++;
      if (directory !== volume.poolPath(replicaDirectory('finalized', blockId))) {
        log.warn({ block: blockId, directory }, 'a block file lies in a directory where no one looks for it');
        return;
      }
      const adopted = store.adopt(volume, await finalizedReplica(files));
      if (!adopted) return;
      log.warn({ block: adopted.name, file: adopted.paths.data }, 'a block that was not known is taken in');
      events.received(adopted);
    } catch (e) {
      // The file was removed again during the scan.
      if (errorCode(e) !== 'ENOENT') throw e;
    }
  }
}

/** Returns the fault of a finalized replica's files; undefined if there is none. */
async function compare({ state, paths }: StoredReplica): Promise<Exclude<keyof ScanStats, 'totalBlocks'> | undefined> {
  if (state.kind !== 'FINALIZED') return undefined;
  const bytes = await lengthIfThere(paths.data);
  if (bytes === undefined) return 'missingBlockFiles';
  const metaBytes = await lengthIfThere(paths.meta);
  if (metaBytes === undefined) return 'missingMetaFiles';
  return bytes === state.bytesOnDisk && metaBytes >= META_HEADER_BYTES ? undefined : 'mismatchBlocks';
}
