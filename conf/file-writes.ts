import fs from 'node:fs';

/**
 * Bytes that one system call writes to a file at most: eight pages. For more the kernel goes past its lists of pages that
 * were just freed and takes memory that has to be cleared or, on a virtual machine, fetched from the host
 * (docs/decisions/file-writes.md).
 */
export const WRITE_CALL_BYTES_MAX = 32 * 1024;

/**
 * Writes all bytes while the caller waits. @param position null: where the descriptor stands
 * @throws what the system call says
 */
export function writeFullySync(fd: number, bytes: Uint8Array, position: number | null): void {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(WRITE_CALL_BYTES_MAX, bytes.length - done);
    done += fs.writeSync(fd, bytes, done, length, position === null ? null : position + done);
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
