import fs from 'node:fs';

/** Larger writes make the kernel take large pieces of fresh memory, which costs more than the calls they save. */
const CALL_BYTES_MAX = 64 * 1024;

/** Writes all bytes at the descriptor's position; the caller waits. @throws what the system call says */
export function writeAllSync(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    at += fs.writeSync(descriptor, bytes, at, Math.min(CALL_BYTES_MAX, bytes.length - at));
  }
}
