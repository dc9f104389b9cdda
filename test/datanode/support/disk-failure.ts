/** Lets looks at files fail as on a bad disk. */
import fs from 'node:fs/promises';
import { vi } from 'vitest';

/** The failure of a disk that can't be read. */
export const diskFailure = (): Error => Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });

/** Lets fs.stat of `file` fail until vi.restoreAllMocks(). */
export function failStat(file: string): void {
  const { stat } = fs;
  vi.spyOn(fs, 'stat').mockImplementation(((path: string) =>
    path === file ? Promise.reject(diskFailure()) : stat(path)) as typeof stat);
}
