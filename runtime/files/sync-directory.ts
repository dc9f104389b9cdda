import fs from 'node:fs/promises';

/** Makes what was created or renamed in a directory last over a loss of power. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
