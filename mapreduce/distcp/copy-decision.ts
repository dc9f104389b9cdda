/** Decides for a file whether it is copied, appended or left alone (Hadoop: CopyMapper.checkUpdate). */
import { timingSafeEqual } from 'node:crypto';
import type { FileChecksum, FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';
import type { CopyPlan } from './copy-plan.ts';

export type FileAction = 'SKIP' | 'APPEND' | 'OVERWRITE';

/** The result of a comparison of checksums: INCOMPATIBLE if a side has none, as local files. */
export type Comparison = 'SAME' | 'DIFFERENT' | 'INCOMPATIBLE';

/** A file and its file system. */
export interface FileAt {
  readonly fs: FileSystem;
  readonly status: FileStatus;
}

export type Rules = Pick<CopyPlan, 'update' | 'overwrite' | 'append' | 'skipCrc' | 'preserve' | 'usesTimes'>;

/** @param copy undefined if there is no copy yet */
export async function decide(source: FileAt, copy: FileAt | undefined, rules: Rules): Promise<FileAction> {
  if (!copy || rules.overwrite) return 'OVERWRITE';
  // Without -update, a file that is there stays as it is.
  if (!rules.update || (await isUpToDate(source, copy, rules))) return 'SKIP';
  return rules.append && (await beginsWith(source, copy)) ? 'APPEND' : 'OVERWRITE';
}

async function isUpToDate(source: FileAt, copy: FileAt, rules: Rules): Promise<boolean> {
  const [from, to] = [source.status, copy.status];
  if (from.length !== to.length) return false;
  if (from.length === 0) return true;
  if (rules.preserve.includes('b') && from.blockSizeBytes !== to.blockSizeBytes) return false;
  const comparison = rules.skipCrc ? 'INCOMPATIBLE' : await compareChecksums(source, copy);
  if (comparison !== 'INCOMPATIBLE') return comparison === 'SAME';
  return !rules.usesTimes || from.modificationTimeMs <= to.modificationTimeMs;
}

/** Compares the checksums of two files, or of a file with a checksum that is known. */
export async function compareChecksums(source: FileAt, copy: FileAt, known?: FileChecksum): Promise<Comparison> {
  const from = known ?? (await source.fs.getFileChecksum(source.status.path));
  const to = from && (await copy.fs.getFileChecksum(copy.status.path));
  if (!from || !to) return 'INCOMPATIBLE';
  return from.algorithm === to.algorithm && sameBytes(from.bytes, to.bytes) ? 'SAME' : 'DIFFERENT';
}

/**
 * Returns whether the source begins with the bytes of its copy, so that the rest can be appended. Hadoop compares checksums,
 * which are the same only where both files have their blocks at the same places: the same rule holds here. The bytes
 * themselves are compared, because a checksum of a part of a file can't be asked for.
 */
async function beginsWith(source: FileAt, copy: FileAt): Promise<boolean> {
  const [from, to] = [source.status, copy.status];
  if (to.length >= from.length) return false;
  const isOneBlock = to.length <= Math.min(from.blockSizeBytes, to.blockSizeBytes);
  if (from.blockSizeBytes !== to.blockSizeBytes && !isOneBlock) return false;
  const [a, b] = [await source.fs.getFileChecksum(from.path), await copy.fs.getFileChecksum(to.path)];
  if (!a || !b) return false;
  await using input = await source.fs.open(from.path);
  await using written = await copy.fs.open(to.path);
  let at = 0;
  for await (const chunk of written.stream()) {
    if (!sameBytes(chunk, await input.pread(at, chunk.length))) return false;
    at += chunk.length;
  }
  return at === to.length;
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);
