/** Copies one file (Hadoop: RetriableFileCopyCommand). */
import type { FileOutput, FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';
import { joinPath, parentPath } from '../../protocol/path.ts';
import { HadoopError, hadoopError, isHadoopError } from '../../runtime/errors.ts';
import { sleep } from '../../runtime/promises.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { uriOf } from '../files/file-systems.ts';
import { compareChecksums, type FileAction, type FileAt } from './copy-decision.ts';
import type { CopyPlan } from './copy-plan.ts';
import { CopyReadError } from './failures.ts';
import { Throttle } from './throttle.ts';

const MIB = 1024 * 1024;
/** Pauses before a file is tried again (Hadoop: RetriableCommand). */
const RETRY_PAUSES_MS = [500, 1000, 2000];

export interface FileCopy {
  readonly source: FileAt;
  readonly target: { readonly fs: FileSystem; readonly path: string };
  /** Path, in the target's file system, of the file that takes the bytes until they are checked. */
  readonly temporary: string;
  readonly action: Exclude<FileAction, 'SKIP'>;
  readonly plan: Pick<CopyPlan, 'direct' | 'skipCrc' | 'preserve' | 'bandwidthMb'>;
  /** Called with the bytes that were copied so far. */
  readonly onBytes: (bytes: number) => void;
}

/**
 * Copies the file, and tries again after a failure that may pass. Returns the number of bytes that were copied.
 * @throws CopyReadError if the source can't be read
 */
export async function copyFile(copy: FileCopy): Promise<number> {
  for (let tries = 0; ; tries++) {
    try {
      return await copyOnce(copy);
    } catch (e) {
      const pauseMs = RETRY_PAUSES_MS[tries];
      if (pauseMs === undefined || !mayPass(e)) throw e;
      await sleep(pauseMs);
    }
  }
}

/** A file that is missing or forbidden, or whose checksum can't be the same, is so at the next try too. */
function mayPass(thrown: unknown): boolean {
  const failure = thrown instanceof CopyReadError ? thrown.cause : thrown;
  if (failure instanceof IncomparableError) return false;
  return !isHadoopError(failure, 'AccessControlException') && !isHadoopError(failure, 'FileNotFoundException');
}

async function copyOnce(copy: FileCopy): Promise<number> {
  const { target, action, plan } = copy;
  const { fs } = target;
  const isTemporary = action === 'OVERWRITE' && !plan.direct;
  const path = isTemporary ? copy.temporary : target.path;
  try {
    const start = action === 'APPEND' ? (await fs.getFileStatus(path)).length : 0;
    const bytes = await copyBytes(copy, path, start);
    await checkCopy(copy, path, start + bytes);
    if (isTemporary) await promote(fs, path, target.path);
    return bytes;
  } catch (e) {
    if (isTemporary) await fs.delete(path, false);
    throw e;
  }
}

/** Copies the bytes of the source from `start` on. Returns their number. */
async function copyBytes(copy: FileCopy, path: string, start: number): Promise<number> {
  const { source, plan, onBytes } = copy;
  const { length } = source.status;
  const throttle = new Throttle(plan.bandwidthMb * MIB, systemClock);
  const input = await reading(source.fs.open(source.status.path));
  let output: FileOutput | undefined;
  try {
    output = await openOutput(copy, path);
    const chunks = input.stream({ start, end: length })[Symbol.asyncIterator]();
    let bytes = 0;
    for (;;) {
      const { value: chunk, done } = await reading(chunks.next());
      if (done) break;
      bytes += chunk.length;
      await throttle.passed(chunk.length);
      await output.write(chunk);
      onBytes(start + bytes);
    }
    await output.close();
    return bytes;
  } catch (e) {
    await output?.abort();
    throw e;
  } finally {
    await input.close();
  }
}

async function openOutput({ source, target, action, plan }: FileCopy, path: string): Promise<FileOutput> {
  const { fs } = target;
  if (action === 'APPEND') return await fs.append(path);
  const { preserve } = plan;
  return await fs.create(path, {
    overwrite: true,
    replication: preserve.includes('r') ? source.status.replication : fs.defaultReplication,
    // Checksums are comparable only where the blocks are equal.
    blockSizeBytes: preserve.includes('b') || preserve.includes('c') ? source.status.blockSizeBytes : undefined,
  });
}

/** @throws IOException if the copy has another length or another checksum (DistCpUtils.compareFileLengthsAndChecksums) */
async function checkCopy({ source, target, plan }: FileCopy, path: string, length: number): Promise<void> {
  const [from, to] = [uriOf(source.fs, source.status.path), uriOf(target.fs, path)];
  if (source.status.length !== length) {
    throw hadoopError(
      'IOException',
      `Mismatch in length of source:${from} (${source.status.length}) and target:${to} (${length})`,
    );
  }
  if (length === 0 || plan.skipCrc) return;
  const copied = { fs: target.fs, status: await target.fs.getFileStatus(path) };
  if ((await compareChecksums(source, copied)) !== 'DIFFERENT') return;
  const message = `Checksum mismatch between ${from} and ${to}.`;
  const reason = await incomparable(source, copied);
  if (reason === undefined) throw hadoopError('IOException', message);
  throw new IncomparableError(`${message} ${reason}`);
}

/** Two files whose checksums differ whatever their bytes are. */
class IncomparableError extends HadoopError {
  constructor(message: string) {
    super(
      'java.io.IOException',
      `${message} You can skip checksum-checks altogether with -skipcrccheck. ` +
        '(NOTE: By skipping checksums, one runs the risk of masking data-corruption during file-transfer.)',
    );
  }
}

/** Returns the reason for which two checksums can't be the same; undefined if there is none. */
async function incomparable(source: FileAt, copy: { fs: FileSystem; status: FileStatus }): Promise<string | undefined> {
  if (source.status.blockSizeBytes !== copy.status.blockSizeBytes) {
    return 'Source and target differ in block-size. Use -pb to preserve block-sizes during copy.';
  }
  const kind = async ({ fs, status }: FileAt): Promise<string | undefined> =>
    (await fs.getFileChecksum(status.path))?.algorithm.replace(/^.*MD5-of-\d+(?=\D+$)|^.*MD5-of-/, '');
  const [from, to] = [await kind(source), await kind(copy)];
  if (from === to) return undefined;
  return `The source has checksums of the type ${from}, the copy of ${to}: set dfs.checksum.type and dfs.bytes-per-checksum.`;
}

/** Gives the file its name. A file that is there is replaced, so that at no time there is none. */
async function promote(fs: FileSystem, temporary: string, target: string): Promise<void> {
  try {
    await fs.mkdirs(parentPath(target));
    await fs.renameStrict(temporary, target, { overwrite: true });
  } catch (e) {
    const [from, to] = [uriOf(fs, temporary), uriOf(fs, target)];
    throw hadoopError('IOException', `Failed to promote tmp-file:${from} to: ${to}`, e);
  }
}

async function reading<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (e) {
    throw new CopyReadError(e);
  }
}

/**
 * Returns the path of an attempt's temporary file: in the target directory, or beside a target that is a file.
 * @param work the directory or file that the copy writes
 * @param target the file
 */
export function temporaryPath(work: string, target: string, attemptId: string): string {
  return joinPath(target === work ? parentPath(work) : work, `${TEMPORARY}${attemptId}`);
}

/** Begin of the names of temporary files. */
export const TEMPORARY = '.distcp.tmp.';
