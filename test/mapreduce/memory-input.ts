// A file in memory, for readers that open files.
import type { FileInput } from '../../client/filesystem/file-system.ts';

/** @param size number of bytes of each piece of the file's stream */
export function memoryInput(bytes: Buffer, size: number): FileInput {
  const close = async (): Promise<void> => undefined;
  return {
    length: bytes.length,
    pread: async (position: number, length: number) => bytes.subarray(position, position + length),
    async *stream({ start = 0, end = bytes.length } = {}) {
      for (let at = start; at < end; at += size) yield bytes.subarray(at, Math.min(end, at + size));
    },
    readable: () => new ReadableStream(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
