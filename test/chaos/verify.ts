// The final check of a chaos run: waits for the cluster to heal, then compares every byte.
import fs from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { findBlockFile } from '../../cluster/fault/corrupt-block.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { DatanodeInfoProto_AdminState as AdminState, DatanodeReportTypeProto } from '../../protocol/gen/messages.ts';
import { HadoopError, isHadoopError } from '../../runtime/errors.ts';
import { type FileRecord, type Ledger, pathOf } from './ledger.ts';
import { becomeClosed, checkContents, describeBlocks, locatedBlocks, portsOf } from './load.ts';
import { firstWrongByte } from './pattern.ts';

const POLL_MS = 200;
/** Pause between two lines that say which condition the check waits for. */
const TELL_MS = 10_000;
const REPLICATION = 3;

export interface Healing {
  readonly hdfs: DistributedFileSystem;
  readonly ledger: Ledger;
  readonly datanodes: number;
  /** Limit of the whole wait in milliseconds. */
  readonly limitMs: number;
  readonly tell: (line: string) => void;
}

/**
 * Waits until `missing` resolves with undefined; until then it resolves with the lack. Throws an Error naming the lack.
 */
type WaitFor = (what: string, missing: () => Promise<string | undefined>) => Promise<void>;

function waiter({ limitMs, tell }: Healing): WaitFor {
  const began = performance.now();
  let toldMs = began;
  return async (what, missing) => {
    for (;;) {
      const text = await missing().catch((e: unknown) => HadoopError.from(e).message);
      if (text === undefined) return;
      const now = performance.now();
      if (now - began > limitMs) throw new Error(`In ${limitMs / 1000} s not ${what}: ${text}`);
      if (now - toldMs > TELL_MS) {
        toldMs = now;
        tell(`waiting for ${what}: ${text}`);
      }
      await sleep(POLL_MS);
    }
  };
}

/** Waits until every DataNode is live, every left file is closed, and every block has its replicas, on two racks. */
export async function heal(healing: Healing): Promise<void> {
  const { hdfs, ledger, datanodes, tell } = healing;
  const waitFor = waiter(healing);
  await waitFor('all DataNodes live and in service on their racks', async () => {
    const { di: live } = await hdfs.call(ClientNamenode.getDatanodeReport, { type: DatanodeReportTypeProto.LIVE });
    const inService = live.filter(({ adminState = AdminState.NORMAL }) => adminState === AdminState.NORMAL).length;
    const racks = new Set(live.map(({ location }) => location)).size;
    if (inService === datanodes && racks > 1) return undefined;
    return `${live.length} live, ${inService} in service of ${datanodes}, on ${racks} racks`;
  });
  for (const file of ledger.files) await settle(hdfs, file, ledger);
  const open = new Set(ledger.files.filter((f) => f.state === 'left' || f.state === 'writing'));
  tell(`${open.size} files to be closed`);
  await waitFor('all files closed', () => closeAll(hdfs, open, ledger));
  await waitFor('all blocks at their replication', () => lackingReplicas(hdfs, ledger));
}

/** Begins the recovery of every open file, so that all recover at once, and removes the closed files from `open`. */
async function closeAll(
  hdfs: DistributedFileSystem,
  open: Set<FileRecord>,
  ledger: Ledger,
): Promise<string | undefined> {
  let problem: string | undefined;
  for (const file of open) {
    try {
      if (await hdfs.recoverLease(pathOf(file))) {
        await becomeClosed(hdfs, file, ledger);
        open.delete(file);
      } else problem ??= `${pathOf(file)}, ${await describeBlocks(hdfs, pathOf(file))}`;
    } catch (e) {
      problem ??= `${pathOf(file)}, ${HadoopError.from(e).message}`;
    }
  }
  return problem && `${open.size} are not, as ${problem}`;
}

/** Describes blocks that lack replicas, also those that the NameNode's totals omit: copies under way or given up. */
async function lackingReplicas(hdfs: DistributedFileSystem, ledger: Ledger): Promise<string | undefined> {
  const { under_replicated, missing_blocks, corrupt_blocks } = await hdfs.getFsStats();
  const lacking: string[] = [];
  for (const file of ledger.files.filter((f) => f.state !== 'deleted')) {
    for (const { b, locs } of await locatedBlocks(hdfs, pathOf(file))) {
      const name = `blk_${b.blockId}_${b.generationStamp}`;
      if (locs.length < REPLICATION) lacking.push(`${name} on ${portsOf(locs)}`);
      // Each block must have replicas on two racks if there are two (Hadoop's BlockPlacementPolicyDefault).
      const racks = new Set(locs.map(({ location }) => location));
      if (racks.size === 1) lacking.push(`${name} on no other rack than ${[...racks].join()}`);
    }
  }
  if (lacking.length + under_replicated + missing_blocks + (corrupt_blocks ?? 0) === 0) return undefined;
  return `${under_replicated} under-replicated, ${missing_blocks} missing, ${corrupt_blocks} corrupt: ${lacking.join(', ')}`;
}

/** Finds a file whose rename, create or delete failed: it must be whole at one of its paths, or gone if it may be. */
async function settle(hdfs: DistributedFileSystem, file: FileRecord, ledger: Ledger): Promise<void> {
  if (file.paths.length === 1 && !file.mayBeMissing) return;
  const found: string[] = [];
  for (const path of file.paths) if (await exists(hdfs, path)) found.push(path);
  if (file.state === 'deleted' && found.length > 0) ledger.violate(pathOf(file), 'is there after its delete');
  if (found.length > 1) ledger.violate(pathOf(file), `is at ${found.join(' and at ')} after a rename`);
  if (found.length === 0 && !file.mayBeMissing)
    ledger.violate(pathOf(file), `is gone after a rename to ${file.paths[1]}`);
  if (found.length === 0) file.state = 'deleted';
  else file.paths = found.slice(0, 1);
  file.mayBeMissing = false;
}

async function exists(hdfs: DistributedFileSystem, path: string): Promise<boolean> {
  try {
    await hdfs.getFileStatus(path);
    return true;
  } catch (e) {
    if (isHadoopError(e, 'FileNotFoundException')) return false;
    throw e;
  }
}

export interface Verified {
  files: number;
  bytes: number;
  replicas: number;
  replicaBytes: number;
}

/** Reads every file back through the cluster, and each replica from its disk, and compares every byte. */
export async function verify(
  hdfs: DistributedFileSystem,
  ledger: Ledger,
  dataDirs: ReadonlyMap<string, { daemon: string; dirs: readonly string[] }>,
  corrupted: ReadonlySet<string>,
): Promise<Verified> {
  const verified: Verified = { files: 0, bytes: 0, replicas: 0, replicaBytes: 0 };
  const known = new Set<string>();
  for (const file of ledger.files.filter((f) => f.state !== 'deleted')) {
    const path = pathOf(file);
    known.add(path);
    try {
      const length = await checkContents(hdfs, path, file.id, ledger);
      if (length !== file.ackedBytes) ledger.violate(path, `has ${length} of ${file.ackedBytes} acknowledged bytes`);
      verified.files++;
      verified.bytes += length;
      await verifyReplicas(hdfs, file, ledger, dataDirs, corrupted, verified);
    } catch (e) {
      ledger.violate(path, `cannot be read: ${HadoopError.from(e).message}`);
    }
  }
  for await (const directory of hdfs.listStatus('/chaos')) {
    for await (const { path } of hdfs.listStatus(directory.path)) {
      if (!known.has(path)) ledger.violate(path, 'is there, and was deleted, renamed or never created');
    }
  }
  return verified;
}

async function verifyReplicas(
  hdfs: DistributedFileSystem,
  file: FileRecord,
  ledger: Ledger,
  dataDirs: ReadonlyMap<string, { daemon: string; dirs: readonly string[] }>,
  corrupted: ReadonlySet<string>,
  verified: Verified,
): Promise<void> {
  for (const { b, offset, locs } of await locatedBlocks(hdfs, pathOf(file))) {
    for (const { id } of locs) {
      const node = dataDirs.get(`${id.ipAddr}:${id.xferPort}`);
      const replica = `replica blk_${b.blockId} on ${node?.daemon}`;
      const found = node && (await findBlockFile(node.dirs, b));
      if (!found) {
        ledger.violate(pathOf(file), `${replica} is not on its disk`);
        continue;
      }
      const bytes = await fs.readFile(found);
      verified.replicas++;
      verified.replicaBytes += bytes.length;
      if (bytes.length !== (b.numBytes ?? 0)) {
        ledger.violate(pathOf(file), `${replica} has ${bytes.length} bytes of ${b.numBytes}`);
      }
      const wrong = firstWrongByte(file.id, offset, bytes);
      // A replica that a fault corrupted stays until a reader or a scanner finds it.
      if (wrong !== undefined && !corrupted.has(`blk_${b.blockId} ${node.daemon}`)) {
        ledger.violate(pathOf(file), `${replica} differs at byte ${wrong} of the file`);
      }
    }
  }
}
