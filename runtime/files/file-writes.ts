import fs from 'node:fs';

/** Eight pages: for more at a time the kernel goes past its lists of pages that were just freed. */
const CALL_BYTES_MAX = 32 * 1024;

/**
 * Bytes that the system call at a position of a file writes at most, for the least work of the kernel: up to the next
 * multiple of eight pages, where a piece of the page cache of that size may begin (docs/decisions/file-writes.md).
 */
export function writeCallBytes(position: number): number {
  return CALL_BYTES_MAX - (position % CALL_BYTES_MAX);
}

/**
 * Writes all bytes where the descriptor stands while the caller waits.
 * @throws what the system call says
 */
export function appendFullySync(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += fs.writeSync(fd, bytes, done, Math.min(CALL_BYTES_MAX, bytes.length - done));
  }
}

/** The first buffers, up to `count` bytes in all. */
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

/** The buffers without their first bytes. */
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
