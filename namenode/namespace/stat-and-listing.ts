/** Answers questions about files and directories. */
import type { DirectoryListingProto, HdfsFileStatusProto, LocatedBlocksProto } from '../../protocol/gen/messages.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import { locateBlocks, type ReaderContext } from '../blocks/located-blocks.ts';
import { rackOf } from '../blocks/locations/topology.ts';
import { QUEUE_WITH_CORRUPT_BLOCKS } from '../blocks/redundancy/low-redundancy-blocks.ts';
import type { Caller } from '../command/caller.ts';
import type { Reading } from '../command/reading.ts';
import { accessIsOld } from './attr-op.ts';
import { fileStatus } from './file-status.ts';
import type { INode, INodeFile } from './inode.ts';
import { type INodesInPath, lastINode } from './inode-tree.ts';
import type { NamespaceState } from './namespace-state.ts';
import { READ, READ_EXECUTE } from './permissions.ts';
import { checkAccess, resolveForReading } from './resolve-path.ts';

/** A length in bytes that includes the whole of any file. */
const WHOLE_FILE = Number.MAX_SAFE_INTEGER / 2;

interface PathRequest {
  readonly caller: Caller;
  readonly path: string;
}

function reader(s: NamespaceState, caller: Caller, now: number): ReaderContext {
  return {
    poolId: s.blockManager.config.blockPoolId,
    address: caller.address,
    rack: rackOf(s.blockManager.config.racks, caller.address),
    isStale: (datanode) => now - datanode.lastHeartbeatMs > s.blockManager.config.staleIntervalMs,
    isSlow: (datanode) => s.blockManager.slow.isReadLast(datanode.id.datanodeUuid),
    random: s.blockManager.random,
  };
}

/**
 * Returns the status of a path, or undefined if nothing is there.
 * @throws AccessControlException
 */
export function getFileInfo(
  s: NamespaceState,
  reading: Reading,
  request: PathRequest,
): HdfsFileStatusProto | undefined {
  try {
    const inode = lastINode(resolveForReading(s, reading, request));
    return inode === undefined ? undefined : fileStatus(inode, '');
  } catch (e) {
    // A superuser gets this exception only if a parent of the path is a file. Hadoop's clients then expect that nothing
    // is there.
    if (request.caller.superuser && isHadoopError(e, 'AccessControlException')) return undefined;
    throw e;
  }
}

/** Returns the status of a path with the locations of all blocks of a file. Needs READ on the file. */
export function getLocatedFileInfo(
  s: NamespaceState,
  reading: Reading,
  request: PathRequest,
): HdfsFileStatusProto | undefined {
  const iip = resolveForReading(s, reading, request);
  const inode = lastINode(iip);
  if (inode === undefined) return undefined;
  checkAccess(s, iip, request.caller, { access: READ });
  return withLocations(s, reading, request.caller, inode, '');
}

function withLocations(s: NamespaceState, reading: Reading, caller: Caller, inode: INode, name: string) {
  const status = fileStatus(inode, name);
  if (inode.kind !== 'file') return status;
  return { ...status, locations: locateBlocks(inode, 0, WHOLE_FILE, reader(s, caller, reading.now)) };
}

export interface ListingRequest extends PathRequest {
  /** The listing begins after this name. */
  readonly startAfter: string;
  readonly needLocation: boolean;
}

/**
 * Returns one page of a directory's listing. The listing of a file is the file itself. Returns undefined if nothing is
 * at the path.
 */
export function getListing(
  s: NamespaceState,
  reading: Reading,
  request: ListingRequest,
): DirectoryListingProto | undefined {
  const { caller, needLocation } = request;
  const iip = resolveForReading(s, reading, request);
  const inode = lastINode(iip);
  if (inode?.kind === 'directory') checkAccess(s, iip, caller, { access: READ_EXECUTE });
  if (inode === undefined) return undefined;
  if (inode.kind === 'file') {
    const status = needLocation ? withLocations(s, reading, caller, inode, '') : fileStatus(inode, '');
    return { partialListing: [status], remainingEntries: 0 };
  }
  const { entries, remaining } = inode.children.page(request.startAfter, s.config.listingLimit);
  const partialListing: HdfsFileStatusProto[] = [];
  let locations = 0;
  for (const child of entries) {
    reading.saw(child);
    partialListing.push(
      needLocation ? withLocations(s, reading, caller, child, child.name) : fileStatus(child, child.name),
    );
    // As in Hadoop, a page with locations ends early: every location counts against the limit.
    if (needLocation && child.kind === 'file') locations += child.blocks.length * child.replication;
    if (locations >= s.config.listingLimit) break;
  }
  return { partialListing, remainingEntries: remaining + entries.length - partialListing.length };
}

/**
 * Returns the file at the path.
 * @throws FileNotFoundException in the words of INodeFile.valueOf
 */
export function fileAt(iip: INodesInPath): INodeFile {
  const inode = lastINode(iip);
  if (inode === undefined) throw hadoopError('FileNotFoundException', `File does not exist: ${iip.path}`);
  if (inode.kind !== 'file') throw hadoopError('FileNotFoundException', `Path is not a file: ${iip.path}`);
  return inode;
}

export interface BlockLocationsRequest extends PathRequest {
  readonly offset: number;
  readonly length: number;
}

/**
 * Returns the locations of a file's blocks within [offset, offset + length), in bytes. `accessed` says whether
 * noteAccess() should update the access time.
 */
export function getBlockLocations(
  s: NamespaceState,
  reading: Reading,
  request: BlockLocationsRequest,
): { locations: LocatedBlocksProto; accessed: boolean } {
  const { caller, path, offset, length } = request;
  for (const [name, value] of [
    ['offset', offset],
    ['length', length],
  ] as const) {
    if (value < 0) {
      throw hadoopError('IllegalArgumentException', `Negative ${name} is not supported. File: ${path}`);
    }
  }
  const iip = resolveForReading(s, reading, request);
  const file = fileAt(iip);
  checkAccess(s, iip, caller, { access: READ });
  const locations = locateBlocks(file, offset, length, reader(s, caller, reading.now));
  if (s.blockManager.safeMode.isOn && locations.blocks.some((b) => (b.b.numBytes ?? 0) > 0 && b.locs.length === 0)) {
    checkNameNodeSafeMode(s.blockManager, reading.now, `Zero blocklocations for ${path}`);
  }
  return { locations, accessed: accessIsOld(s, iip, reading.wallMs) };
}

/**
 * Returns true if the file is not open for writing.
 * @throws FileNotFoundException
 */
export function isFileClosed(s: NamespaceState, reading: Reading, request: PathRequest): boolean {
  return fileAt(resolveForReading(s, reading, request)).features?.underConstruction === undefined;
}

/**
 * Returns the block size of the file in bytes.
 * @throws FileNotFoundException
 */
export function getPreferredBlockSize(s: NamespaceState, reading: Reading, request: PathRequest): number {
  return fileAt(resolveForReading(s, reading, request)).blockSizeBytes;
}

/**
 * Checks whether the caller has the access `mode`.
 * @throws AccessControlException if the caller lacks `mode` on the path, FileNotFoundException
 */
export function checkPathAccess(s: NamespaceState, reading: Reading, request: PathRequest & { mode: number }): void {
  const iip = resolveForReading(s, reading, request);
  if (lastINode(iip) === undefined) throw hadoopError('FileNotFoundException', `Path not found: ${iip.path}`);
  checkAccess(s, iip, request.caller, { access: request.mode });
}

/** Returns whether anything is at the path. @throws AccessControlException if the caller may not read it */
export function isReadable(s: NamespaceState, reading: Reading, request: PathRequest): boolean {
  const iip = resolveForReading(s, reading, request);
  checkAccess(s, iip, request.caller, { access: READ });
  return lastINode(iip) !== undefined;
}

/** Returns up to `limit` blocks without a good replica, each with its file. */
export function corruptFiles(s: NamespaceState, limit: number): { file: INodeFile; block: number }[] {
  const found: { file: INodeFile; block: number }[] = [];
  for (const block of s.blockManager.redundancy.low.queue(QUEUE_WITH_CORRUPT_BLOCKS)) {
    if (found.length >= limit) break;
    const file = block.file && s.tree.file(block.file.id);
    if (file !== undefined) found.push({ file, block: block.id });
  }
  return found;
}
