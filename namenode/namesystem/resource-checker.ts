/** Checks the free space on the disks of the name directories. */
import fs from 'node:fs/promises';
import type { Configuration } from '../../conf/configuration.ts';
import type { Logger } from '../../runtime/log.ts';
import type { NamesystemDriver } from './driver.ts';
import type { NameNodeFaults } from './fault-points.ts';

/**
 * Checks at regular intervals whether the disk of every name directory has less free space than
 * dfs.namenode.resource.du.reserved, or cannot be examined (Hadoop: NameNodeResourceChecker, with one volume required). Changes are refused in
 * time, because a store on a full disk would fail in the middle of a batch.
 */
export class ResourceChecker {
  readonly #dirs: () => readonly string[];
  readonly #reservedBytes: number;
  readonly #intervalMs: number;
  readonly #driver: NamesystemDriver;
  readonly #faults: NameNodeFaults | undefined;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    /** The directories that the NameNode writes to now. */
    dirs: () => readonly string[];
    conf: Configuration;
    driver: NamesystemDriver;
    faults: NameNodeFaults | undefined;
    log: Logger;
  }) {
    this.#dirs = options.dirs;
    this.#reservedBytes = options.conf.get('dfs.namenode.resource.du.reserved');
    this.#intervalMs = options.conf.get('dfs.namenode.resource.check.interval');
    this.#driver = options.driver;
    this.#faults = options.faults;
    this.#log = options.log;
  }

  start(): void {
    this.#timer = setInterval(() => void this.check(), this.#intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async check(): Promise<void> {
    const low = await Promise.all(this.#dirs().map((dir) => this.#isLow(dir)));
    const isLow = !low.includes(false);
    await this.#driver.applySoft({ op: 'noteDiskSpace', isLow: isLow || this.#faults?.isDiskFull === true });
  }

  async #isLow(dir: string): Promise<boolean> {
    try {
      const { bavail, bsize } = await fs.statfs(dir);
      const available = bavail * bsize;
      if (available >= this.#reservedBytes) return false;
      const where = `Space available on volume '${dir}' is ${available}`;
      this.#log.warn(`${where}, which is below the configured reserved amount ${this.#reservedBytes}`);
      return true;
    } catch (err) {
      this.#log.error({ err, dir }, "The disk of dfs.namenode.name.dir can't be looked at");
      return true;
    }
  }
}
