/** Reads and writes small files whole. */
import type { FileSystem } from '../../client/filesystem/file-system.ts';

/** Reads all bytes of a small file. */
export async function readAll(fs: FileSystem, path: string): Promise<Buffer> {
  await using input = await fs.open(path);
  const chunks: Uint8Array[] = [];
  for await (const chunk of input.stream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Writes a small file; a file of that name is replaced. */
export async function writeAll(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const output = await fs.create(path, { overwrite: true });
  await output.write(bytes);
  await output.close();
}
