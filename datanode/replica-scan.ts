import type { Dirent } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { DataChecksum } from '../protocol/checksum.ts';
import { isHadoopError } from '../protocol/errors.ts';
import { parseBlockFileName } from './block-layout.ts';
import { closeFile, fileLength, openFile, readFully, truncateFile } from './file-io.ts';
import { checksumSizeOf, META_HEADER_BYTES, metaLength } from './meta-header.ts';
import type { Replica } from './replica.ts';
import { closeReplicaFiles, openReplicaFiles, readMetaHeader } from './replica-files.ts';
import type { Volume } from './volume.ts';

export interface ScannedReplica {
  readonly state: Replica;
  /** Of the block file and its meta file. */
  readonly usedBytes: number;
}

/** Generation stamp of a block file without a meta file, as Hadoop reports it. */
const NO_GENERATION_STAMP = 0;
const DIRECTORIES_AT_ONCE = 16;

/** Finds a volume's replicas: finalized ones, and those in `rbw/` as RWR, cut to what their checksums vouch for. */
export async function scanVolume(volume: Volume): Promise<ScannedReplica[]> {
  const rbw = await scanDirectory(volume.poolPath('current', 'rbw'), 'RWR');
  const finalized: ScannedReplica[] = [];
  const pending = [volume.poolPath('current', 'finalized')];
  while (pending.length > 0) {
    const some = pending.splice(0, DIRECTORIES_AT_ONCE);
    const found = await Promise.all(some.map((directory) => scanDirectory(directory, 'FINALIZED', pending)));
    for (const replicas of found) finalized.push(...replicas);
  }
  return [...finalized, ...rbw];
}

async function scanDirectory(
  directory: string,
  kind: 'FINALIZED' | 'RWR',
  subdirs: string[] = [],
): Promise<ScannedReplica[]> {
  const entries = await fs.readdir(directory, { withFileTypes: true });
  const metas = new Map<number, { name: string; generationStamp: number }>();
  const blocks: number[] = [];
  for (const entry of entries) collect(entry, directory, metas, blocks, subdirs);
  const replicas: ScannedReplica[] = [];
  for (const blockId of blocks) {
    const meta = metas.get(blockId);
    const data = path.join(directory, `blk_${blockId}`);
    const generationStamp = meta?.generationStamp ?? NO_GENERATION_STAMP;
    if (kind === 'RWR') {
      const bytesOnDisk = meta ? await trimToChecksums(data, path.join(directory, meta.name)) : 0;
      replicas.push({ state: { kind, blockId, generationStamp, bytesOnDisk }, usedBytes: bytesOnDisk });
      continue;
    }
    const bytesOnDisk = (await fs.stat(data)).size;
    const metaBytes = meta ? (await fs.stat(path.join(directory, meta.name))).size : 0;
    replicas.push({ state: { kind, blockId, generationStamp, bytesOnDisk }, usedBytes: bytesOnDisk + metaBytes });
  }
  return replicas;
}

function collect(
  entry: Dirent,
  directory: string,
  metas: Map<number, { name: string; generationStamp: number }>,
  blocks: number[],
  subdirs: string[],
): void {
  if (entry.isDirectory()) {
    subdirs.push(path.join(directory, entry.name));
    return;
  }
  const parsed = parseBlockFileName(entry.name);
  if (parsed?.kind === 'block') blocks.push(parsed.blockId);
  // After a crash between two renames there can be two; the newer one is right.
  if (parsed?.kind === 'meta' && parsed.generationStamp > (metas.get(parsed.blockId)?.generationStamp ?? -1)) {
    metas.set(parsed.blockId, { name: entry.name, generationStamp: parsed.generationStamp });
  }
}

/** False when a crash came before the header was on disk: then nothing vouches for the data. */
async function hasHeader(meta: string): Promise<boolean> {
  const fd = await openFile(meta, 'r');
  try {
    await readMetaHeader(fd, meta);
    return true;
  } catch (e) {
    if (isHadoopError(e, 'IOException')) return false;
    throw e;
  } finally {
    await closeFile(fd);
  }
}

/**
 * Cuts an unfinished block file and its meta file to the data that checksums cover, without the last chunk when its
 * checksum is wrong. (Hadoop: BlockPoolSlice.validateIntegrityAndSetLength.) A crash can tear only the end.
 *
 * @returns the length left
 */
async function trimToChecksums(data: string, meta: string): Promise<number> {
  if (!(await hasHeader(meta))) return 0;
  const files = await openReplicaFiles({ data, meta }, 'r+');
  try {
    const { dataFd, metaFd, spec } = files;
    const dataBytes = await fileLength(dataFd);
    const metaBytes = await fileLength(metaFd);
    const size = checksumSizeOf(spec);
    if (size === 0) return dataBytes;
    const chunkBytes = spec.bytesPerChecksum;
    const chunks = Math.min(Math.ceil(dataBytes / chunkBytes), Math.floor((metaBytes - META_HEADER_BYTES) / size));
    if (chunks === 0) return 0;
    const lastStart = (chunks - 1) * chunkBytes;
    const last = Buffer.alloc(Math.min(chunkBytes, dataBytes - lastStart));
    const stored = Buffer.alloc(size);
    await readFully(dataFd, last, lastStart);
    await readFully(metaFd, stored, META_HEADER_BYTES + (chunks - 1) * size);
    const isIntact = new DataChecksum(spec.type, chunkBytes).compute(last).equals(stored);
    const length = isIntact ? lastStart + last.length : lastStart;
    if (length < dataBytes) await truncateFile(dataFd, length);
    if (metaLength(spec, length) < metaBytes) await truncateFile(metaFd, metaLength(spec, length));
    return length;
  } finally {
    await closeReplicaFiles(files);
  }
}
