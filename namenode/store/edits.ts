/** Encodes and decodes the hard state: the values of the store by their keys. Pure. */
import { isBeingWritten, newBlock } from '../blocks/locations/block-info.ts';
import type { BlockInfo, BlockState } from '../blocks/locations/model.ts';
import { COUNTERS_KEY, INODE_PREFIX } from '../command/change.ts';
import type { Counters } from '../command/counters.ts';
import type { NumberRange } from '../command/number-ranges.ts';
import { type INode, type INodeFile, newDirectory, newFile } from '../namespace/inode.ts';

/** The value of `inode/<id>`. Its names are short because there are millions of them. */
interface INodeRecord {
  /** Parent id; absent for the root and for deleted ones. */
  p?: number;
  n: string;
  o: string;
  g: string;
  m: number;
  /** Modification and, when not 0, access time. */
  t: number;
  a?: number;
  /** Files only: replication and block size. */
  r?: number;
  b?: number;
  /** Open files only: client name and machine, and the generation stamp at which an append opened the last block. */
  u?: [string, string, number?];
}

/** @throws Error that names the damaged key if the text is no such record */
function parseRecord<T extends object>(what: string, value: string, isArray: boolean): T {
  let record: unknown;
  try {
    record = JSON.parse(value);
  } catch (e) {
    throw new Error(`${what} in the store is damaged: ${String(e)}`, { cause: e });
  }
  const fits = typeof record === 'object' && record !== null && Array.isArray(record) === isArray;
  if (!fits) throw new Error(`${what} in the store is damaged: ${value.slice(0, 100)}`);
  return record as T;
}

export function encodeINode(inode: INode): string {
  const record: INodeRecord = {
    p: inode.parent?.id,
    n: inode.name,
    o: inode.owner,
    g: inode.group,
    m: inode.permission,
    t: inode.modificationTimeMs,
  };
  if (inode.accessTimeMs !== 0) record.a = inode.accessTimeMs;
  if (inode.kind === 'file') {
    record.r = inode.replication;
    record.b = inode.blockSizeBytes;
    const writer = inode.features?.underConstruction;
    if (writer !== undefined) {
      record.u = [writer.clientName, writer.clientMachine];
      if (writer.reopenedAt !== undefined) record.u.push(writer.reopenedAt);
    }
  }
  return JSON.stringify(record);
}

/** Returns an inode without its parent and children, and the id of its parent. */
export function decodeINode(
  key: string,
  value: string,
  intern: (name: string) => string,
): { inode: INode; parentId: number | undefined } {
  const id = Number.parseInt(key.slice(INODE_PREFIX.length), 36);
  const record = parseRecord<INodeRecord>(key, value, false);
  const common = {
    id,
    name: record.n,
    owner: intern(record.o),
    group: intern(record.g),
    permission: record.m,
    modificationTimeMs: record.t,
    accessTimeMs: record.a ?? 0,
  };
  if (record.b === undefined || record.r === undefined) return { inode: newDirectory(common), parentId: record.p };
  const { u } = record;
  const underConstruction = u && { clientName: u[0], clientMachine: u[1], reopenedAt: u[2] };
  return {
    inode: newFile({
      ...common,
      replication: record.r,
      blockSizeBytes: record.b,
      features: underConstruction && { underConstruction },
    }),
    parentId: record.p,
  };
}

/**
 * [id, generation stamp, length, state]: 0 under construction, 1 committed or complete. Then, while under construction,
 * the UUIDs of the pipeline's DataNodes, which alone can tell after a restart what was written; and the length that it
 * is being truncated to.
 */
type BlockRecord = [number, number, number, number, string[]?, number?];

export function encodeBlock(block: BlockInfo): string {
  const record: BlockRecord = [block.id, block.genStamp, block.numBytes, isBeingWritten(block) ? 0 : 1];
  if (isBeingWritten(block)) {
    const pipeline = new Set(block.pipeline);
    for (const { storage } of block.expected ?? []) pipeline.add(storage.datanode.id.datanodeUuid);
    record.push([...pipeline]);
    if (block.truncateTo !== undefined) record.push(block.truncateTo);
  }
  return JSON.stringify(record);
}

/** A block of an open file is COMMITTED and not COMPLETE: only the reports of DataNodes make a block complete. */
export function decodeBlock(value: string, file: INodeFile): BlockInfo {
  const [id, genStamp, numBytes, committed, pipeline, truncateTo] = parseRecord<BlockRecord>('A block', value, true);
  let state: BlockState = 'UNDER_CONSTRUCTION';
  if (committed === 1) state = file.features?.underConstruction === undefined ? 'COMPLETE' : 'COMMITTED';
  const block = newBlock(id, genStamp, numBytes, state);
  block.file = file;
  block.pipeline = pipeline;
  block.truncateTo = truncateTo;
  if (truncateTo !== undefined) block.state = 'UNDER_RECOVERY';
  return block;
}

/** [inode id, block id, generation stamp], and the ranges of a lost future only if there are any. */
type CountersRecord = [number, number, number, (readonly NumberRange[])?, (readonly NumberRange[])?];

export function encodeCounters(c: Counters): string {
  const record: CountersRecord = [c.lastInodeId, c.lastBlockId, c.generationStamp];
  if (c.lostBlockIds.length > 0 || c.lostGenStamps.length > 0) record.push(c.lostBlockIds, c.lostGenStamps);
  return JSON.stringify(record);
}

export function decodeCounters(value: string): Counters {
  const record = parseRecord<Partial<CountersRecord>>(COUNTERS_KEY, value, true);
  const [lastInodeId = 0, lastBlockId = 0, generationStamp = 0, lostBlockIds = [], lostGenStamps = []] = record;
  return { lastInodeId, lastBlockId, generationStamp, lostBlockIds, lostGenStamps };
}
