/** The directories of a test and the files in them. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-datanode-'));
  return { path: directory, remove: () => fs.rm(directory, { recursive: true, force: true }) };
}

/** Returns the content of every file below a directory by its path relative to the directory. */
export async function filesBelow(directory: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    files.set(path.relative(directory, file), await fs.readFile(file));
  }
  return files;
}

/** The directories of a block's files below the pool's directory. */
export const RBW_DIRECTORY = ['current', 'rbw'] as const;
export const FINALIZED_DIRECTORY = ['current', 'finalized', 'subdir0', 'subdir0'] as const;
