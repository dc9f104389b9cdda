/** The kernel's FUSE protocol, version 7.31: requests, and the encoding of answers (linux/fuse.h). */
import type { DiskNode } from './volatile-disk.ts';

export const Opcode = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  CREATE: 35,
  INTERRUPT: 36,
  DESTROY: 38,
  BATCH_FORGET: 42,
  RENAME2: 45,
} as const;

/** The bits of a SETATTR that say which attributes it sets. */
export const Valid = { MODE: 1, UID: 2, GID: 4, SIZE: 8, MTIME: 32, MTIME_NOW: 256 } as const;

/** The bit of O_DSYNC, which O_SYNC has too. */
export const DSYNC_FLAG = 0o10000;

export const REQUEST_HEADER_BYTES = 40;
const ANSWER_HEADER_BYTES = 16;
export const WRITE_BYTES_MAX = 1024 * 1024;
/** A request has its header, the fields of its operation, and at most this much data. */
export const REQUEST_BYTES_MAX = WRITE_BYTES_MAX + 64 * 1024;

const INIT_FLAGS = { ASYNC_READ: 1 << 0, BIG_WRITES: 1 << 5, PARALLEL_DIROPS: 1 << 18, MAX_PAGES: 1 << 22 };
const PAGE_BYTES = 4096;
const BLOCK_BYTES = 512;
/** One kernel alone uses the file system, so it may keep names and attributes for as long as it likes. */
const CACHE_SECONDS = 86_400n;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;

export interface FuseRequest {
  readonly opcode: number;
  readonly unique: bigint;
  readonly nodeId: number;
  readonly uid: number;
  readonly gid: number;
  /** The fields of the operation: a view that the next request overwrites. */
  readonly body: Buffer;
}

export function decodeRequest(bytes: Buffer): FuseRequest {
  return {
    opcode: bytes.readUInt32LE(4),
    unique: bytes.readBigUInt64LE(8),
    nodeId: Number(bytes.readBigUInt64LE(16)),
    uid: bytes.readUInt32LE(24),
    gid: bytes.readUInt32LE(28),
    body: bytes.subarray(REQUEST_HEADER_BYTES),
  };
}

/** Returns the names, each ended by a zero, that stand in a request from an offset on. */
export function namesAt(body: Buffer, offset: number): string[] {
  return body.subarray(offset, body.lastIndexOf(0)).toString().split('\0');
}

/** Returns the header of an answer. @param errno a positive number for a failure */
export function answerHeader(unique: bigint, errno: number, bodyBytes: number): Buffer {
  const header = Buffer.alloc(ANSWER_HEADER_BYTES);
  header.writeUInt32LE(ANSWER_HEADER_BYTES + bodyBytes, 0);
  header.writeInt32LE(-errno, 4);
  header.writeBigUInt64LE(unique, 8);
  return header;
}

export function encodeInit(): Buffer {
  const body = Buffer.alloc(64);
  body.writeUInt32LE(7, 0);
  body.writeUInt32LE(31, 4);
  body.writeUInt32LE(WRITE_BYTES_MAX, 8);
  body.writeUInt32LE(
    Object.values(INIT_FLAGS).reduce((all, flag) => all | flag, 0),
    12,
  );
  body.writeUInt16LE(64, 16);
  body.writeUInt16LE(48, 18);
  body.writeUInt32LE(WRITE_BYTES_MAX, 20);
  body.writeUInt32LE(1, 24);
  body.writeUInt16LE(WRITE_BYTES_MAX / PAGE_BYTES, 28);
  return body;
}

/** Encodes a node that a name leads to. @param isKept whether the kernel may keep the name without asking again */
export function encodeEntry(nodeId: number, node: DiskNode, isKept: boolean): Buffer {
  const body = Buffer.alloc(40);
  body.writeBigUInt64LE(BigInt(nodeId), 0);
  body.writeBigUInt64LE(isKept ? CACHE_SECONDS : 0n, 16);
  body.writeBigUInt64LE(CACHE_SECONDS, 24);
  return Buffer.concat([body, encodeAttributes(node)]);
}

export function encodeAttributesAnswer(node: DiskNode): Buffer {
  const body = Buffer.alloc(16);
  body.writeBigUInt64LE(CACHE_SECONDS, 0);
  return Buffer.concat([body, encodeAttributes(node)]);
}

function encodeAttributes(node: DiskNode): Buffer {
  const body = Buffer.alloc(88);
  const size = node.kind === 'file' ? node.file.size : PAGE_BYTES;
  const seconds = BigInt(Math.floor(node.mtimeMs / 1000));
  const nanoseconds = Math.floor((node.mtimeMs % 1000) * 1e6);
  body.writeBigUInt64LE(BigInt(node.ino), 0);
  body.writeBigUInt64LE(BigInt(size), 8);
  body.writeBigUInt64LE(BigInt(Math.ceil(size / BLOCK_BYTES)), 16);
  for (const at of [24, 32, 40]) body.writeBigUInt64LE(seconds, at);
  for (const at of [48, 52, 56]) body.writeUInt32LE(nanoseconds, at);
  body.writeUInt32LE(node.mode | (node.kind === 'file' ? S_IFREG : S_IFDIR), 60);
  body.writeUInt32LE(node.kind === 'file' ? node.links : 2, 64);
  body.writeUInt32LE(node.uid, 68);
  body.writeUInt32LE(node.gid, 72);
  body.writeUInt32LE(PAGE_BYTES, 80);
  return body;
}

/** Encodes an open file: this file system needs no handle of its own. */
export function encodeOpen(): Buffer {
  return Buffer.alloc(16);
}

export function encodeWritten(bytes: number): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt32LE(bytes, 0);
  return body;
}

/** Encodes the room of the file system. */
export function encodeStatfs(totalBytes: number, freeBytes: number): Buffer {
  const body = Buffer.alloc(80);
  body.writeBigUInt64LE(BigInt(Math.floor(totalBytes / PAGE_BYTES)), 0);
  for (const at of [8, 16]) body.writeBigUInt64LE(BigInt(Math.floor(freeBytes / PAGE_BYTES)), at);
  for (const at of [24, 32]) body.writeBigUInt64LE(1_000_000n, at);
  body.writeUInt32LE(PAGE_BYTES, 40);
  body.writeUInt32LE(255, 44);
  body.writeUInt32LE(PAGE_BYTES, 48);
  return body;
}

/** Encodes the entries of a directory from an index on, as many as have room. */
export function encodeEntries(children: ReadonlyMap<string, DiskNode>, from: number, room: number): Buffer {
  const entries: Buffer[] = [];
  let used = 0;
  for (const [i, [name, node]] of [...children].entries()) {
    if (i < from) continue;
    const nameBytes = Buffer.from(name);
    const entry = Buffer.alloc(24 + Math.ceil(nameBytes.length / 8) * 8);
    if (used + entry.length > room) break;
    entry.writeBigUInt64LE(BigInt(node.ino), 0);
    entry.writeBigUInt64LE(BigInt(i + 1), 8);
    entry.writeUInt32LE(nameBytes.length, 16);
    entry.writeUInt32LE((node.kind === 'file' ? S_IFREG : S_IFDIR) >> 12, 20);
    nameBytes.copy(entry, 24);
    entries.push(entry);
    used += entry.length;
  }
  return Buffer.concat(entries);
}
