/** `calf fault corrupt-block`: damages one replica of a file's block. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { xferAddress } from '../../client/dfs/block-format.ts';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { blockFileName, formatBlock, replicaDirectory } from '../../datanode/volumes/block-layout.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import type { LocatedBlockProto } from '../../protocol/gen/messages.ts';
import { isNoSuchFile } from '../../runtime/errors.ts';
import { type DaemonControl, datanodesOf, FaultError } from '../daemons/daemon-control.ts';

export interface CorruptBlockOptions {
  /** Number of the block in the file, from 0; default 0. */
  readonly block?: number;
  /** The DataNode whose replica is changed, such as `datanode1`; default: the first one with a replica. */
  readonly datanode?: string;
  /** Number of bytes to flip, around the middle of the block; default 1. */
  readonly bytes?: number;
}

/** The change that was made to a replica. */
export interface CorruptedReplica {
  /** Such as `BP-1-127.0.0.1-1:blk_1073741825_1001`. */
  readonly block: string;
  readonly datanode: string;
  readonly file: string;
  /** Position of the first flipped byte in the block file. */
  readonly offset: number;
  readonly bytes: number;
}

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/**
 * Flips bytes of one replica on its disk, without the DataNode's knowledge, as a failing disk does. Readers notice it by
 * the checksums, take another replica and report this one.
 * @throws FaultError, HadoopError FileNotFoundException
 */
export async function corruptBlock(
  control: DaemonControl,
  filePath: string,
  options: CorruptBlockOptions,
): Promise<CorruptedReplica> {
  const index = options.block ?? 0;
  const located = await locate(control, filePath, index);
  const block = formatBlock(located.b);
  const datanode = chooseReplica(control, located, options.datanode, `Block ${index + 1} of ${filePath} (${block})`);
  const file = await findBlockFile(control.dataDirs(datanode), located.b);
  if (!file) throw new FaultError(`The replica of ${block} is not on the disks of ${datanode} any more: try again`);
  const { offset, bytes } = await flip(file, options.bytes ?? 1);
  return { block, datanode, file, offset, bytes };
}

async function locate(control: DaemonControl, filePath: string, index: number): Promise<LocatedBlockProto> {
  await using hdfs = new DistributedFileSystem({ conf: control.conf });
  const status = await hdfs.getFileStatus(filePath);
  if (status.type === 'DIRECTORY') throw new FaultError(`${filePath} is a directory: name a file`);
  const request = { src: status.path, offset: 0, length: Number.MAX_SAFE_INTEGER };
  const { locations } = await hdfs.call(ClientNamenode.getBlockLocations, request);
  const blocks = locations?.blocks ?? [];
  const located = blocks[index];
  if (located) return located;
  if (blocks.length === 0)
    throw new FaultError(`${filePath} has no blocks, because it is empty: name a file with data`);
  throw new FaultError(`${filePath} has ${plural(blocks.length, 'block')}: there is no block ${index + 1}`);
}

function chooseReplica(
  control: DaemonControl,
  located: LocatedBlockProto,
  wanted: string | undefined,
  what: string,
): string {
  const addresses = new Set(located.locs.map(xferAddress));
  const holders = datanodesOf(control).filter((name) => addresses.has(control.dataAddress(name)));
  const [first] = holders;
  if (!first) throw new FaultError(`${what} is on no DataNode of this cluster: restart those that were killed`);
  if (wanted === undefined || holders.includes(wanted)) return wanted ?? first;
  throw new FaultError(`${what} has no replica on ${wanted}: it is on ${holders.join(', ')}`);
}

/** Returns the file of a replica's bytes, be it finalized or being written; undefined if there is none. */
export async function findBlockFile(
  dataDirs: readonly string[],
  block: { readonly poolId: string; readonly blockId: number },
): Promise<string | undefined> {
  for (const dir of dataDirs) {
    for (const kind of ['finalized', 'rbw'] as const) {
      const directory = path.join(dir, 'current', block.poolId, replicaDirectory(kind, block.blockId));
      const file = path.join(directory, blockFileName(block.blockId));
      if (await exists(file)) return file;
    }
  }
  return undefined;
}

async function exists(file: string): Promise<boolean> {
  try {
    await fs.access(file);
    return true;
  } catch (e) {
    if (isNoSuchFile(e)) return false;
    throw e;
  }
}

async function flip(file: string, count: number): Promise<{ offset: number; bytes: number }> {
  const handle = await fs.open(file, 'r+');
  try {
    const { size } = await handle.stat();
    if (size === 0) throw new FaultError(`${file} has no bytes yet: write some first`);
    const bytes = Math.min(count, size);
    const offset = Math.floor((size - bytes) / 2);
    const buffer = Buffer.alloc(bytes);
    await handle.read(buffer, 0, bytes, offset);
    await handle.write(
      buffer.map((byte) => byte ^ 0xff),
      0,
      bytes,
      offset,
    );
    return { offset, bytes };
  } finally {
    await handle.close();
  }
}
