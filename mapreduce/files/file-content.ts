import type { FileSystem } from '../../client/filesystem/file-system.ts';

/** All bytes of a small file. */
export async function readAll(fs: FileSystem, path: string): Promise<Buffer> {
  await using input = await fs.open(path);
  const chunks: Uint8Array[] = [];
  for await (const chunk of input.stream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Writes a small file whole, in place of one that is there. */
export async function writeAll(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const output = await fs.create(path, { overwrite: true });
  await output.write(bytes);
  await output.close();
}
