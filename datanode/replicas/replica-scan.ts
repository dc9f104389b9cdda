/** Finds the replicas on a volume at the start of a DataNode. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { closeFile, fileLength, openFile, readFully, truncateFile } from '../../runtime/files/file-io.ts';
import { blockFileName, parseBlockFileName } from '../volumes/block-layout.ts';
import type { Volume } from '../volumes/volume.ts';
import { vouchedLength } from './chunk-prefix.ts';
import { CorruptReplica } from './corrupt-replica.ts';
import { type ChecksumSpec, checksumSizeOf, metaLength } from './meta-header.ts';
import { closeReplicaFiles, type OpenReplica, openReplicaFiles, readMetaHeader } from './replica-files.ts';
import type { Replica } from './replica-state.ts';
import { takeRestartMetas } from './restart-meta.ts';

export interface ScannedReplica {
  readonly state: Replica;
  /** Bytes of the block file and its meta file. */
  readonly usedBytes: number;
}

/** Generation stamp of a block file without a meta file, as Hadoop reports it. */
const NO_GENERATION_STAMP = 0;
const DIRECTORIES_AT_ONCE = 16;
const REPLICAS_AT_ONCE = 64;
const READ_BYTES = 1024 * 1024;

/** The files of one block in one directory: the block file, its meta file, or both. */
export interface BlockFiles {
  readonly blockId: number;
  readonly directory: string;
  hasData: boolean;
  meta: { readonly name: string; readonly generationStamp: number } | undefined;
}

/**
 * Finds a volume's replicas: the finalized ones, and those in `rbw/` as RWR, cut to the bytes that their checksums vouch
 * for. A replica whose writer waits for this DataNode's restart is RBW again.
 */
export async function scanVolume(volume: Volume, nowMs: number): Promise<ScannedReplica[]> {
  const awaited = await takeRestartMetas(volume, nowMs);
  const rbw = await listDirectory(volume.poolPath('current', 'rbw'), []);
  const finalized = await listBelow(volume.poolPath('current', 'finalized'));
  await mendMoves(rbw, finalized);
  const replicas: ScannedReplica[] = [];
  const whole = [...finalized.values()].filter((files) => files.hasData);
  for (let at = 0; at < whole.length; at += REPLICAS_AT_ONCE) {
    replicas.push(...(await Promise.all(whole.slice(at, at + REPLICAS_AT_ONCE).map(finalizedReplica))));
  }
  for (const files of rbw.values()) {
    if (files.hasData) replicas.push(await unfinishedReplica(files, awaited.has(files.blockId)));
    // A meta file without its block file is of no use.
    else if (files.meta) await fs.rm(path.join(files.directory, files.meta.name));
  }
  return replicas;
}

/** Returns the blocks whose files lie anywhere below a directory, by id. */
export async function listBelow(root: string): Promise<Map<number, BlockFiles>> {
  const all = new Map<number, BlockFiles>();
  const pending = [root];
  while (pending.length > 0) {
    const some = pending.splice(0, DIRECTORIES_AT_ONCE);
    const found = await Promise.all(some.map((directory) => listDirectory(directory, pending)));
    for (const blocks of found) for (const [blockId, files] of blocks) all.set(blockId, files);
  }
  return all;
}

async function listDirectory(directory: string, subdirs: string[]): Promise<Map<number, BlockFiles>> {
  const blocks = new Map<number, BlockFiles>();
  for (const entry of await fs.readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) subdirs.push(path.join(directory, entry.name));
    else collect(entry.name, directory, blocks);
  }
  return blocks;
}

function collect(name: string, directory: string, blocks: Map<number, BlockFiles>): void {
  const parsed = parseBlockFileName(name);
  if (!parsed) return;
  const files = blocks.get(parsed.blockId) ?? { blockId: parsed.blockId, directory, hasData: false, meta: undefined };
  blocks.set(parsed.blockId, files);
  if (parsed.kind === 'block') files.hasData = true;
  // A block has one meta file. If there are two, the newer one counts.
  else if (parsed.generationStamp > (files.meta?.generationStamp ?? -1)) {
    files.meta = { name, generationStamp: parsed.generationStamp };
  }
}

/**
 * Mends moves that a crash has cut in two. A replica moves between `rbw/` and `finalized/` by two renames, the meta file
 * first. A file pair that was parted goes to `rbw/`, where the replica waits for its recovery.
 */
async function mendMoves(rbw: Map<number, BlockFiles>, finalized: Map<number, BlockFiles>): Promise<void> {
  for (const files of rbw.values()) {
    const other = finalized.get(files.blockId);
    if (!other) continue;
    if (files.hasData && !files.meta && other.meta && !other.hasData) {
      await fs.rename(path.join(other.directory, other.meta.name), path.join(files.directory, other.meta.name));
      files.meta = other.meta;
      finalized.delete(files.blockId);
    } else if (files.meta && !files.hasData && other.hasData && !other.meta) {
      const name = blockFileName(files.blockId);
      await fs.rename(path.join(other.directory, name), path.join(files.directory, name));
      files.hasData = true;
      finalized.delete(files.blockId);
    }
  }
}

/** Returns a finalized replica by its files. @throws ENOENT */
export async function finalizedReplica({ blockId, directory, meta }: BlockFiles): Promise<ScannedReplica> {
  const [{ size: bytesOnDisk }, metaBytes] = await Promise.all([
    fs.stat(path.join(directory, blockFileName(blockId))),
    meta ? fs.stat(path.join(directory, meta.name)).then(({ size }) => size) : 0,
  ]);
  const generationStamp = meta?.generationStamp ?? NO_GENERATION_STAMP;
  return { state: { kind: 'FINALIZED', blockId, generationStamp, bytesOnDisk }, usedBytes: bytesOnDisk + metaBytes };
}

async function unfinishedReplica(
  { blockId, directory, meta }: BlockFiles,
  isAwaited: boolean,
): Promise<ScannedReplica> {
  const data = path.join(directory, blockFileName(blockId));
  const generationStamp = meta?.generationStamp ?? NO_GENERATION_STAMP;
  const spec = meta && (await readSpec(path.join(directory, meta.name)));
  if (!meta || !spec) {
    return { state: { kind: 'RWR', blockId, generationStamp, bytesOnDisk: 0 }, usedBytes: 0 };
  }
  const bytesOnDisk = await trimToChecksums(data, path.join(directory, meta.name));
  const usedBytes = bytesOnDisk + metaLength(spec, bytesOnDisk);
  const version = { blockId, generationStamp, bytesOnDisk };
  const state: Replica = isAwaited
    ? { kind: 'RBW', ...version, bytesReceived: bytesOnDisk, bytesAcked: bytesOnDisk }
    : { kind: 'RWR', ...version };
  return { state, usedBytes };
}

/** Returns undefined if a crash came before the header was on disk: then nothing vouches for the data. */
async function readSpec(meta: string): Promise<ChecksumSpec | undefined> {
  const fd = await openFile(meta, 'r');
  try {
    return await readMetaHeader(fd, meta);
  } catch (e) {
    if (e instanceof CorruptReplica) return undefined;
    throw e;
  } finally {
    await closeFile(fd);
  }
}

/**
 * Cuts an unfinished block file and its meta file to the longest beginning whose checksums are right. Hadoop's
 * BlockPoolSlice.validateIntegrityAndSetLength looks at the last chunk alone, and drops all of it if it is wrong.
 *
 * @returns the length left
 */
async function trimToChecksums(data: string, meta: string): Promise<number> {
  const files = await openReplicaFiles({ data, meta }, 'r+');
  try {
    const { dataFd, metaFd, spec } = files;
    const dataBytes = await fileLength(dataFd);
    const metaBytes = await fileLength(metaFd);
    const length = await intactLength(files, dataBytes);
    if (metaLength(spec, length) < metaBytes) await truncateFile(metaFd, metaLength(spec, length));
    if (length < dataBytes) await truncateFile(dataFd, length);
    return length;
  } finally {
    await closeReplicaFiles(files);
  }
}

async function intactLength({ dataFd, metaFd, spec }: OpenReplica, dataBytes: number): Promise<number> {
  if (checksumSizeOf(spec) === 0) return dataBytes;
  const chunks = Math.max(1, Math.floor(READ_BYTES / spec.bytesPerChecksum));
  const step = chunks * spec.bytesPerChecksum;
  for (let at = 0; at < dataBytes; at += step) {
    const data = Buffer.alloc(Math.min(step, dataBytes - at));
    const checksums = Buffer.alloc(chunks * checksumSizeOf(spec));
    await readFully(dataFd, data, at);
    const read = await readFully(metaFd, checksums, metaLength(spec, at));
    const intact = vouchedLength(spec, data, checksums.subarray(0, read));
    if (intact < data.length) return at + intact;
  }
  return dataBytes;
}
