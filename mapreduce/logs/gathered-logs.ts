/**
 * The logs of ended jobs in the file system of the cluster: one file for each tracker that ran tasks of the job. The places
 * are those of YARN's log aggregation, `ROOT/USER/logs/application_…/HOST_PORT`. A file is a row of logs, each behind a
 * line of JSON with its attempt, its name and its length in bytes, and before an end of line.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { FileInput, FileOutput, FileSystem } from '../../client/filesystem/file-system.ts';
import type { Configuration } from '../../conf/configuration.ts';
import { joinPath } from '../../protocol/path.ts';
import { errorCode, isHadoopError } from '../../runtime/errors.ts';
import { FileSystems, type QualifiedPath } from '../files/file-systems.ts';
import { makeShared } from '../files/staging.ts';

/** Mode of a user's own directory (Hadoop: LogAggregationFileController). */
const PRIVATE = 0o770;
const NAMES = ['stdout', 'stderr'] as const;
/** Opens no symbolic link, and does not wait for the writer of a named pipe: tasks may put either in place of a log. */
const FLAGS = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;
const HEADER_BYTES_MAX = 1024;
const PIECE_BYTES = 256 * 1024;

interface Header {
  readonly attemptId: string;
  readonly log: string;
  readonly bytes: number;
}

/** A log in one of the files. */
export interface GatheredLog extends Header {
  /** The tracker that wrote the log, as `host_port`. */
  readonly node: string;
  content(): AsyncIterable<Uint8Array>;
}

/** A job, and the user whose logs its are. */
export interface LogOwner {
  readonly jobId: string;
  readonly user: string;
}

/**
 * Writes the logs of a job's attempts, if it has any, from the directory that has one directory for each attempt.
 * @param node the tracker, as `host_port`
 */
export async function gatherLogs(conf: Configuration, owner: LogOwner, node: string, directory: string): Promise<void> {
  const logs = await findLogs(directory);
  if (logs.length === 0) return;
  await using fileSystems = new FileSystems(conf, owner.user);
  const { fs: target, path: place } = placeOf(conf, owner, fileSystems);
  await makePlace(conf, owner.user, fileSystems, place);
  const file = joinPath(place, node);
  // A file without this end is whole.
  const output = await target.create(`${file}.tmp`, { overwrite: true });
  try {
    for (const log of logs) await append(output, log);
  } catch (e) {
    await output.abort();
    throw e;
  }
  await output.close();
  await target.renameStrict(`${file}.tmp`, file, { overwrite: true });
}

/** Yields the gathered logs of a job, or of one attempt of it. Yields none while there are none. */
export async function* gatheredLogs(
  conf: Configuration,
  owner: LogOwner,
  fileSystems: FileSystems,
): AsyncGenerator<GatheredLog> {
  const { fs: source, path: place } = placeOf(conf, owner, fileSystems);
  const files: string[] = [];
  try {
    for await (const entry of source.listStatus(place)) if (!entry.path.endsWith('.tmp')) files.push(entry.path);
  } catch (e) {
    if (isHadoopError(e, 'FileNotFoundException')) return;
    throw e;
  }
  for (const file of files) yield* logsIn(source, file);
}

/** Deletes the logs of all users that were last written before `beforeMs`, milliseconds since the epoch. */
export async function deleteGatheredBefore(
  conf: Configuration,
  fileSystems: FileSystems,
  beforeMs: number,
): Promise<void> {
  const { fs: target, path: root } = rootOf(conf, fileSystems);
  const suffix = conf.get('yarn.nodemanager.remote-app-log-dir-suffix');
  for (const user of await childrenOf(target, root)) {
    for (const job of await childrenOf(target, joinPath(user.path, suffix))) {
      if (job.modificationTimeMs < beforeMs) await target.delete(job.path, true);
    }
  }
}

async function childrenOf(target: FileSystem, directory: string) {
  const children: { readonly path: string; readonly modificationTimeMs: number }[] = [];
  try {
    for await (const child of target.listStatus(directory)) children.push(child);
  } catch (e) {
    if (!isHadoopError(e, 'FileNotFoundException')) throw e;
  }
  return children;
}

function rootOf(conf: Configuration, fileSystems: FileSystems): QualifiedPath {
  return fileSystems.qualify(conf.get('yarn.nodemanager.remote-app-log-dir'));
}

function placeOf(conf: Configuration, { jobId, user }: LogOwner, fileSystems: FileSystems): QualifiedPath {
  const suffix = conf.get('yarn.nodemanager.remote-app-log-dir-suffix');
  const { fs: target, path: root } = rootOf(conf, fileSystems);
  const application = `application_${jobId.slice('job_'.length)}`;
  const place = [user, suffix, application].reduce(joinPath, root);
  return { fs: target, path: place, uri: `${target.uri}${place}` };
}

async function makePlace(conf: Configuration, user: string, fileSystems: FileSystems, place: string): Promise<void> {
  const { fs: target, path: root } = rootOf(conf, fileSystems);
  await makeShared(target, root);
  await target.mkdirs(joinPath(root, user), PRIVATE);
  await target.mkdirs(place, PRIVATE);
}

interface FoundLog {
  readonly attemptId: string;
  readonly log: string;
  readonly file: string;
}

async function findLogs(directory: string): Promise<FoundLog[]> {
  const found: FoundLog[] = [];
  for (const attemptId of (await namesIn(directory)).sort()) {
    const names = await namesIn(path.join(directory, attemptId));
    for (const log of NAMES)
      if (names.includes(log)) found.push({ attemptId, log, file: path.join(directory, attemptId, log) });
  }
  return found;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await fs.promises.readdir(directory);
  } catch (e) {
    if (errorCode(e) === 'ENOENT' || errorCode(e) === 'ENOTDIR') return [];
    throw e;
  }
}

/** Writes a log. One that is no regular file is left out. */
async function append(output: FileOutput, { attemptId, log, file }: FoundLog): Promise<void> {
  let handle: fs.promises.FileHandle;
  try {
    handle = await fs.promises.open(file, FLAGS);
  } catch (e) {
    if (errorCode(e) === 'ELOOP' || errorCode(e) === 'ENOENT' || errorCode(e) === 'ENXIO') return;
    throw e;
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return;
    const header: Header = { attemptId, log, bytes: stat.size };
    await output.write(Buffer.from(`${JSON.stringify(header)}\n`));
    for (let at = 0; at < stat.size; ) {
      const piece = Buffer.alloc(Math.min(PIECE_BYTES, stat.size - at));
      const { bytesRead } = await handle.read(piece, 0, piece.length, at);
      // A log that was cut meanwhile is filled up, because its length is written already.
      at += bytesRead || piece.length;
      await output.write(bytesRead === 0 ? piece : piece.subarray(0, bytesRead));
    }
    await output.write(Buffer.from('\n'));
  } finally {
    await handle.close();
  }
}

async function* logsIn(source: FileSystem, file: string): AsyncGenerator<GatheredLog> {
  await using input = await source.open(file);
  for (let at = 0; at < input.length; ) {
    const { header, bytes } = await headerAt(input, at);
    const start = at + bytes;
    const end = start + header.bytes;
    yield { ...header, node: path.posix.basename(file), content: () => input.stream({ start, end }) };
    at = end + 1;
  }
}

async function headerAt(input: FileInput, at: number): Promise<{ readonly header: Header; readonly bytes: number }> {
  const line = Buffer.from(await input.pread(at, HEADER_BYTES_MAX));
  const bytes = line.indexOf('\n') + 1;
  return { header: JSON.parse(line.toString('utf8', 0, bytes)) as Header, bytes };
}
