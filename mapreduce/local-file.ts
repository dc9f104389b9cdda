import fs from 'node:fs';
import { WRITE_CALL_BYTES_MAX } from '../conf/write-call.ts';

/** Writes all bytes at the descriptor's position; the caller waits. @throws what the system call says */
export function writeAllSync(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    at += fs.writeSync(descriptor, bytes, at, Math.min(WRITE_CALL_BYTES_MAX, bytes.length - at));
  }
}
