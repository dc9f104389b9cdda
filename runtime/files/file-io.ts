/** Positioned file access on plain descriptors: fs's callbacks cost less than FileHandle's promises. */
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import { errorCode } from '../errors.ts';
import { dropBytes, firstBytes, writeCallBytes } from './file-writes.ts';

/** Opens a file; only its owner may read and write a file that is made. @param flags the flags of fs.open */
export function openFile(path: string, flags: string | number): Promise<number> {
  return new Promise((resolve, reject) => fs.open(path, flags, 0o600, (e, fd) => (e ? reject(e) : resolve(fd))));
}

export function closeFile(fd: number): Promise<void> {
  return new Promise((resolve, reject) => fs.close(fd, (e) => (e ? reject(e) : resolve())));
}

export function syncFile(fd: number): Promise<void> {
  return new Promise((resolve, reject) => fs.fsync(fd, (e) => (e ? reject(e) : resolve())));
}

export function fileLength(fd: number): Promise<number> {
  return new Promise((resolve, reject) => fs.fstat(fd, (e, stats) => (e ? reject(e) : resolve(stats.size))));
}

/**
 * Returns the length of a file; undefined if there is no such file.
 * @throws every other failure of the look, which says nothing about the file
 */
export async function lengthIfThere(path: string): Promise<number | undefined> {
  try {
    return (await fsPromises.stat(path)).size;
  } catch (e) {
    if (errorCode(e) === 'ENOENT') return undefined;
    throw e;
  }
}

export function truncateFile(fd: number, length: number): Promise<void> {
  return new Promise((resolve, reject) => fs.ftruncate(fd, length, (e) => (e ? reject(e) : resolve())));
}

/** Writes all buffers at the position, however many system calls it takes. */
export function writeFully(fd: number, buffers: readonly Uint8Array[], position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let rest = buffers;
    let at = position;
    const step = (): void => {
      fs.writev(fd, firstBytes(rest, writeCallBytes(at)), at, (e, written) => {
        if (e) return reject(e);
        at += written;
        rest = dropBytes(rest, written);
        return rest.length === 0 ? resolve() : step();
      });
    };
    if (buffers.length === 0) resolve();
    else step();
  });
}

/** Writes all buffers at the position, and returns when they are written. */
export function writeFullySync(fd: number, buffers: readonly Uint8Array[], position: number): void {
  let rest = buffers;
  for (let at = position; rest.length > 0; ) {
    const written = fs.writevSync(fd, firstBytes(rest, writeCallBytes(at)), at);
    at += written;
    rest = dropBytes(rest, written);
  }
}

/** Fills the buffer from the position. @returns bytes read; fewer than the buffer holds only at the file's end */
export function readFully(fd: number, buffer: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let done = 0;
    const step = (): void => {
      fs.read(fd, buffer, done, buffer.length - done, position + done, (e, count) => {
        if (e) return reject(e);
        done += count;
        return count === 0 || done === buffer.length ? resolve(done) : step();
      });
    };
    if (buffer.length === 0) resolve(0);
    else step();
  });
}

/** Fills the buffers one after the other. @returns bytes read; fewer than they hold only at the file's end */
export function readvFully(fd: number, buffers: readonly Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let rest = buffers;
    let done = 0;
    const step = (): void => {
      fs.readv(fd, rest, position + done, (e, count) => {
        if (e) return reject(e);
        done += count;
        rest = dropBytes(rest, count);
        return count === 0 || rest.length === 0 ? resolve(done) : step();
      });
    };
    step();
  });
}
