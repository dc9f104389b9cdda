/** fsync of a directory. */
import fs from 'node:fs/promises';

/** Makes the names that were created or changed in a directory survive a loss of power. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
