/** Writing buffers to files with as little work for the kernel as possible. */
import fs from 'node:fs';

/** Eight pages. For a longer write the kernel would not use its lists of pages that were just freed. */
const CALL_BYTES_MAX = 32 * 1024;

/**
 * Returns the number of bytes that one system call should write at most at a position of a file: up to the next multiple
 * of eight pages, where the page cache may begin a piece of that size. This costs the kernel the least work
 * (docs/decisions/file-writes.md).
 */
export function writeCallBytes(position: number): number {
  return CALL_BYTES_MAX - (position % CALL_BYTES_MAX);
}

/**
 * Writes all bytes at the descriptor's position, and blocks the event loop until they are written.
 * @throws the system call's error
 */
export function appendFullySync(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += fs.writeSync(fd, bytes, done, Math.min(CALL_BYTES_MAX, bytes.length - done));
  }
}

/** Returns views of the first `count` bytes of the buffers; of all bytes if there are fewer. */
export function firstBytes(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  const first: Uint8Array[] = [];
  let room = count;
  for (const buffer of buffers) {
    if (buffer.length >= room) {
      first.push(buffer.length > room ? buffer.subarray(0, room) : buffer);
      break;
    }
    first.push(buffer);
    room -= buffer.length;
  }
  return first;
}

/** Returns views of the buffers' bytes without the first `count`. */
export function dropBytes(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  const rest: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (left >= buffer.length) left -= buffer.length;
    else {
      rest.push(left > 0 ? buffer.subarray(left) : buffer);
      left = 0;
    }
  }
  return rest;
}
