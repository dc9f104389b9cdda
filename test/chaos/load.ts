// The clients of a chaos run: each kind of load and its operations.
import { setTimeout as sleep } from 'node:timers/promises';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import type { FileOutput } from '../../client/filesystem/file-system.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import type { DatanodeInfoProto, LocatedBlockProto } from '../../protocol/gen/messages.ts';
import { HadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { SimRandom } from '../sim/world/random.ts';
import { type FileRecord, type Ledger, pathOf } from './ledger.ts';
import { firstWrongByte, patternBytes } from './pattern.ts';

export const DIRECTORIES: readonly string[] = ['/chaos/d0', '/chaos/d1', '/chaos/d2', '/chaos/d3'];

const BLOCK_BYTES = 1024 * 1024;
const FILE_BYTES_MAX = 3 * BLOCK_BYTES;
const PIECE_BYTES_MAX = 300_000;
const APPEND_BYTES_MAX = 400_000;
const PAUSE_MS_MAX = 60;
const PAUSE_AFTER_ERROR_MS = 150;
/** Above this total, old files are deleted. */
const KEPT_BYTES_MAX = 150 * BLOCK_BYTES;
/** Above this number of files left by their writers, files are recovered without pauses. */
const LEFT_FILES_MAX = 30;

/** One client of the load: its connection, its random generator and its present operation. */
export interface Worker {
  readonly name: string;
  readonly hdfs: DistributedFileSystem;
  readonly random: SimRandom;
  readonly ledger: Ledger;
  readonly stopping: AbortSignal;
  /** Present operation, for the message if it never ends. */
  doing: string;
}

/** The kinds of load. Each function performs one operation. */
export const LOADS = { write, append, read, move, recover } as const;

/** Repeats one kind of load until told to stop. Faults cause errors, so an error is counted and the load goes on. */
export async function runLoad(kind: keyof typeof LOADS, worker: Worker): Promise<void> {
  while (!worker.stopping.aborted) {
    let pauseMs = worker.random.nextInt(PAUSE_MS_MAX);
    try {
      await LOADS[kind](worker);
    } catch (e) {
      worker.ledger.fail(kind, HadoopError.from(e));
      pauseMs += PAUSE_AFTER_ERROR_MS;
    }
    worker.doing = 'pausing';
    await sleep(pauseMs);
  }
  worker.doing = 'done';
}

const CREATED_BEFORE = ['FileAlreadyExistsException', 'AlreadyBeingCreatedException'];
const RENAMED_BEFORE = ['FileNotFoundException', 'FileAlreadyExistsException'];

/**
 * Awaits a call that the client sends again when the NameNode dies, and that must run once (Hadoop's @AtMostOnce).
 * @param codes errors that only a second run of the call could cause, because no other client works on the file
 */
async function once<T>(worker: Worker, path: string, call: Promise<T>, codes: readonly string[]): Promise<T> {
  try {
    return await call;
  } catch (e) {
    const { code, message } = HadoopError.from(e);
    if (codes.includes(code)) worker.ledger.violate(path, `a call was run twice: ${message}`);
    throw e;
  }
}

/** Creates a file and writes it, with or without hflush. One writer in eight vanishes in the middle. */
async function write(worker: Worker): Promise<void> {
  const { hdfs, random, ledger } = worker;
  const file = ledger.newFile(random.pick(DIRECTORIES));
  const size = random.nextInt(random.chance(0.3) ? FILE_BYTES_MAX : 200_000);
  const hflushChance = random.chance(0.5) ? 0.5 : 0;
  const vanishesAt = random.chance(0.12) ? random.nextInt(size + 1) : Number.POSITIVE_INFINITY;
  await whileUsing(file, async () => {
    try {
      worker.doing = `create ${pathOf(file)}`;
      const created = hdfs.create(pathOf(file), { overwrite: false, blockSizeBytes: BLOCK_BYTES });
      const out = await once(worker, pathOf(file), created, CREATED_BEFORE);
      file.mayBeMissing = false;
      ledger.count('files created');
      await writeTo(worker, file, out, size, hflushChance, vanishesAt);
    } catch (e) {
      if (file.state === 'writing') file.state = 'left';
      throw e;
    }
  });
}

/** Appends to a closed file. */
async function append(worker: Worker): Promise<void> {
  const { hdfs, random, ledger } = worker;
  const files = ledger.settled(['closed']).filter((f) => !f.busy && !f.isSpared && f.ackedBytes < FILE_BYTES_MAX);
  if (files.length === 0) return;
  const file = random.pick(files);
  const size = file.ackedBytes + 1 + random.nextInt(APPEND_BYTES_MAX);
  const hflushChance = random.chance(0.5) ? 0.5 : 0;
  await whileUsing(file, async () => {
    file.state = 'writing';
    file.changes++;
    try {
      worker.doing = `append to ${pathOf(file)}`;
      const appended = hdfs.append(pathOf(file), { newBlock: random.chance(0.2) });
      const out = await once(worker, pathOf(file), appended, ['AlreadyBeingCreatedException']);
      if (out.position !== file.ackedBytes) {
        ledger.violate(pathOf(file), `an append began at ${out.position} of ${file.ackedBytes} acknowledged bytes`);
      }
      ledger.count('appends');
      await writeTo(worker, file, out, size, hflushChance, Number.POSITIVE_INFINITY);
    } catch (e) {
      file.state = 'left';
      throw e;
    }
  });
}

async function writeTo(
  worker: Worker,
  file: FileRecord,
  out: FileOutput,
  size: number,
  hflushChance: number,
  vanishesAt: number,
): Promise<void> {
  const { random, ledger } = worker;
  try {
    let at = file.ackedBytes;
    while (at < size) {
      const length = Math.min(size - at, 1 + random.nextInt(PIECE_BYTES_MAX));
      file.writtenBytes = Math.max(file.writtenBytes, at + length);
      worker.doing = `write ${pathOf(file)} at ${at}`;
      await out.write(patternBytes(file.id, at, length));
      at += length;
      if (random.chance(hflushChance)) {
        worker.doing = `hflush ${pathOf(file)} at ${at}`;
        const { powerLosses } = ledger;
        const syncs = random.chance(0.3);
        await (syncs ? out.hsync() : out.hflush());
        if (syncs) file.syncedBytes = Math.max(file.syncedBytes, at);
        // If the power went off during the call, bytes that were only flushed may be gone.
        if (syncs || powerLosses === ledger.powerLosses) file.ackedBytes = Math.max(file.ackedBytes, at);
        ledger.count(syncs ? 'hsyncs' : 'hflushes');
      }
      if (at >= vanishesAt) {
        ledger.count('writers vanished');
        file.state = 'left';
        await out.abort();
        return;
      }
    }
    worker.doing = `close ${pathOf(file)} at ${at}`;
    await out.close();
    becomeClosedAt(file, at);
    ledger.count('files closed');
  } catch (e) {
    file.state = 'left';
    await out.abort();
    throw e;
  }
}

/** Reads a file, open or closed: every byte acknowledged before the open must be there and correct. */
async function read(worker: Worker): Promise<void> {
  const { random, ledger } = worker;
  const files = ledger.settled(['closed', 'writing', 'left']);
  if (files.length === 0) return;
  const file = random.pick(files);
  worker.doing = `read ${pathOf(file)}`;
  const { ackedBytes } = file;
  file.readers++;
  try {
    const length = await checkContents(worker.hdfs, pathOf(file), file.id, ledger);
    if (length < ackedBytes) {
      const blocks = await describeBlocks(worker.hdfs, pathOf(file));
      ledger.violate(pathOf(file), `a reader got ${length} of ${ackedBytes} acknowledged bytes, of ${blocks}`);
    }
    // Bytes written during the read may be seen or not, so the length is compared with the present one.
    if (length > file.writtenBytes)
      ledger.violate(pathOf(file), `a reader got ${length} of ${file.writtenBytes} bytes`);
    ledger.count('reads');
    ledger.count('bytes read', length);
  } catch (e) {
    if (isHadoopError(e, 'FileNotFoundException')) ledger.violate(pathOf(file), `not found: ${e.message}`);
    throw e;
  } finally {
    file.readers--;
  }
}

export async function locatedBlocks(hdfs: DistributedFileSystem, path: string): Promise<LocatedBlockProto[]> {
  const request = { src: path, offset: 0, length: Number.MAX_SAFE_INTEGER };
  return (await hdfs.call(ClientNamenode.getBlockLocations, request)).locations?.blocks ?? [];
}

/** Returns the data transfer ports of DataNodes, which tell them apart because all run on one machine. */
export const portsOf = (datanodes: readonly DatanodeInfoProto[]): string =>
  datanodes.map(({ id }) => id.xferPort).join(' ') || 'none';

/** Describes a file's blocks and locations as the NameNode reports them, to explain a violation. */
export async function describeBlocks(hdfs: DistributedFileSystem, path: string): Promise<string> {
  const blocks = await locatedBlocks(hdfs, path);
  const texts = blocks.map(
    ({ b, locs }) => `blk_${b.blockId}_${b.generationStamp}, ${b.numBytes} bytes on ${portsOf(locs)}`,
  );
  return texts.join('; ');
}

/** Reads a file to its end and compares every byte. @returns the length in bytes */
export async function checkContents(
  hdfs: DistributedFileSystem,
  path: string,
  seed: number,
  ledger: Ledger,
): Promise<number> {
  await using input = await hdfs.open(path);
  let at = 0;
  for await (const chunk of input.stream()) {
    const wrong = firstWrongByte(seed, at, chunk);
    if (wrong !== undefined) {
      ledger.violate(path, `byte ${wrong} is wrong`);
      return at + chunk.length;
    }
    at += chunk.length;
  }
  return at;
}

/** Renames a file, or deletes one when there are many. */
async function move(worker: Worker): Promise<void> {
  const { random, ledger } = worker;
  const files = ledger.settled(['closed']).filter((f) => f.readers === 0 && !f.busy);
  if (files.length === 0) return;
  const deletes = ledger.keptBytes > KEPT_BYTES_MAX || random.chance(0.1);
  const oldest = deletes ? files.find((f) => !f.isSpared) : undefined;
  const file = oldest ?? random.pick(files);
  file.moving = true;
  try {
    if (oldest) await deleteFile(worker, file);
    else await renameFile(worker, file);
  } finally {
    file.moving = false;
  }
}

async function deleteFile(worker: Worker, file: FileRecord): Promise<void> {
  const { hdfs, ledger } = worker;
  worker.doing = `delete ${pathOf(file)}`;
  file.mayBeMissing = true;
  if (!(await hdfs.delete(pathOf(file), false))) return ledger.violate(pathOf(file), 'a delete did not find it');
  file.state = 'deleted';
  ledger.count('deletes');
}

async function renameFile(worker: Worker, file: FileRecord): Promise<void> {
  const { hdfs, random, ledger } = worker;
  const from = pathOf(file);
  const to = `${random.pick(DIRECTORIES)}/r${file.id}-${random.nextInt(1e9)}`;
  worker.doing = `rename ${from}`;
  file.paths = [from, to];
  // renameStrict throws the reason of a failure; rename only returns false.
  if (random.chance(0.5)) await once(worker, from, hdfs.renameStrict(from, to), RENAMED_BEFORE);
  else if (!(await hdfs.rename(from, to))) return ledger.violate(from, `a rename to ${to} was refused`);
  file.paths = [to];
  ledger.count('renames');
}

/** Recovers the lease of a file that its writer left, and waits until the file is closed. */
async function recover(worker: Worker): Promise<void> {
  const { hdfs, random, ledger } = worker;
  const files = ledger.settled(['left']).filter((f) => !f.busy);
  // Faults wait until the fragile files are closed.
  const fragile = files.filter((f) => f.isFragile);
  if (fragile.length === 0 && files.length <= LEFT_FILES_MAX) {
    await sleep(PAUSE_AFTER_ERROR_MS);
    if (files.length === 0 || !random.chance(0.3)) return;
  }
  const file = random.pick(fragile.length > 0 ? fragile : files);
  await whileUsing(file, async () => {
    worker.doing = `recoverLease of ${pathOf(file)}`;
    if (await hdfs.recoverLease(pathOf(file))) await becomeClosed(hdfs, file, ledger);
  });
}

/** Records that a file left by its writer is closed: its present length counts as acknowledged. */
export async function becomeClosed(hdfs: DistributedFileSystem, file: FileRecord, ledger: Ledger): Promise<void> {
  const path = pathOf(file);
  const { length } = await hdfs.getFileStatus(path);
  if (length < file.ackedBytes) ledger.violate(path, `recovered to ${length} of ${file.ackedBytes} acknowledged bytes`);
  if (length > file.writtenBytes) ledger.violate(path, `recovered to ${length} of ${file.writtenBytes} bytes written`);
  becomeClosedAt(file, length);
  ledger.count('leases recovered');
}

/** Power goes off on all machines only where dfs.datanode.synconclose is on, so that closed bytes are synced bytes. */
function becomeClosedAt(file: FileRecord, length: number): void {
  file.ackedBytes = length;
  file.syncedBytes = length;
  file.writtenBytes = length;
  file.state = 'closed';
  file.isFragile = false;
}

async function whileUsing(file: FileRecord, work: () => Promise<void>): Promise<void> {
  file.busy = true;
  try {
    await work();
  } finally {
    file.busy = false;
  }
}
