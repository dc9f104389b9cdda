/** Decides whether the disk of a volume still works, by the errors that operations have met. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { isFailure } from '../../runtime/bug.ts';
import { errorCode } from '../../runtime/errors.ts';
import { isNoRoom } from '../../runtime/files/disk-errors.ts';
import { makeDirectories } from '../../runtime/files/make-directories.ts';
import { nothing } from '../../runtime/promises.ts';

/** The file by which a suspect disk is tried. */
const PROBE_FILE = 'disk-check.tmp';

export class DiskHealth {
  readonly #directory: string;
  /** Called when the disk should be checked soon. */
  onTrouble: () => void = nothing;
  /** The fsync that failed: the volume has failed for good. */
  #failure: Error | undefined;
  /** Whether an operation has met an error of the disk since the last check. */
  #isSuspect = false;

  /** @param directory the volume's directory */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Runs an fsync. One that fails makes the volume a failed one: the system tells of lost bytes once, and the next fsync
   * of the same file would succeed without them. A file that is gone says nothing about the disk.
   * @throws the failure of this fsync or of an earlier one
   */
  async synced(sync: () => Promise<unknown>): Promise<void> {
    if (this.#failure) throw this.#failure;
    try {
      await sync();
    } catch (e) {
      if (isFailure(e) && errorCode(e) !== 'ENOENT') {
        this.#failure ??= e;
        this.onTrouble();
      }
      throw e;
    }
  }

  /** Has the disk checked soon, because an operation has met an error of the disk (Hadoop: checkDiskErrorAsync). */
  noteSuspect(): void {
    this.#isSuspect = true;
    this.onTrouble();
  }

  /** Checks the disk; a suspect one by writing to it. @throws the failure of the disk */
  async check(): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#isSuspect) await this.#probe();
    this.#isSuspect = false;
  }

  /** Writes, syncs and deletes a small file (Hadoop: DiskChecker.checkDirWithDiskIo). A full disk is no failed disk. */
  async #probe(): Promise<void> {
    const file = path.join(this.#directory, PROBE_FILE);
    try {
      await fs.writeFile(file, 'calf', { flush: true, mode: 0o600 });
    } catch (e) {
      if (!isNoRoom(e)) throw e;
    }
    await fs.rm(file, { force: true });
  }
}

/** Makes a volume's directory, or sets the permission bits of one that is there (Hadoop: DiskChecker.checkDir). */
export async function makePrivate(directory: string, mode: number): Promise<void> {
  await makeDirectories(directory, mode);
  const { mode: found } = await fs.stat(directory);
  if ((found & 0o777) !== mode) await fs.chmod(directory, mode);
}
