/** fsync of a directory. It uses fs's callbacks, because those of FileHandle cost more and DataNodes call this often. */
import fs from 'node:fs';

/** Makes the names that were created, renamed or removed in a directory last over a loss of power. */
export function syncDirectory(directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.open(directory, 'r', 0, (failedOpen, fd) => {
      if (failedOpen) return reject(failedOpen);
      fs.fsync(fd, (failedSync) => {
        fs.close(fd, (failedClose) => {
          const failed = failedSync ?? failedClose;
          if (failed) reject(failed);
          else resolve();
        });
      });
    });
  });
}
