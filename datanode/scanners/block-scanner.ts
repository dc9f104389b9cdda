/** The block scanners of all volumes. */
import type { StoredReplica } from '../replicas/stored-replica.ts';
import type { Volume } from '../volumes/volume.ts';
import { VolumeScanner, type VolumeScannerOptions } from './volume-scanner.ts';

/** Runs one VolumeScanner for each volume (Hadoop: BlockScanner). */
export class BlockScanner {
  readonly #scanners = new Map<Volume, VolumeScanner>();
  readonly #options: VolumeScannerOptions;

  constructor(options: VolumeScannerOptions) {
    this.#options = options;
  }

  /** Whether the configuration wants blocks scanned. */
  get isEnabled(): boolean {
    return this.#options.bytesPerSecond > 0 && this.#options.periodMs > 0;
  }

  start(): void {
    if (!this.isEnabled) return;
    for (const volume of this.#options.store.volumes) {
      const scanner = new VolumeScanner(volume, this.#options);
      this.#scanners.set(volume, scanner);
      scanner.start();
    }
  }

  markSuspect(stored: StoredReplica): void {
    this.#scanners.get(stored.volume)?.markSuspect(stored);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#scanners.values()].map((scanner) => scanner.stop()));
  }
}
