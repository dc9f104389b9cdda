/** Reads all finalized replicas of one volume, slowly, and reports corrupt ones. */
import { Bug } from '../../runtime/bug.ts';
import { errorCode } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock } from '../../runtime/runtime.ts';
import { DataTransferThrottler } from '../context/data-transfer-throttler.ts';
import type { DatanodeMetrics } from '../metrics/metrics.ts';
import type { BlockStore } from '../replicas/block-store.ts';
import type { BugTrap } from '../replicas/bug-trap.ts';
import type { StoredReplica } from '../replicas/stored-replica.ts';
import type { Volume } from '../volumes/volume.ts';
import { verifyReplica } from './replica-verifier.ts';
import { loadCursor, placeOf, type ScanCursor, saveCursor } from './scan-cursor.ts';
import { StoreLoop } from './store-loop.ts';

export interface VolumeScannerOptions {
  readonly store: BlockStore;
  readonly log: Logger;
  readonly clock: Clock;
  /** dfs.block.scanner.volume.bytes.per.second. */
  readonly bytesPerSecond: number;
  /** dfs.datanode.scan.period.hours, in milliseconds. */
  readonly periodMs: number;
  /** dfs.block.scanner.cursor.save.interval.ms. */
  readonly cursorSaveIntervalMs: number;
  readonly metrics: DatanodeMetrics;
  readonly bugs: BugTrap;
  readonly onCorrupt: (stored: StoredReplica) => void;
  readonly onVanished: (stored: StoredReplica) => Promise<void>;
}

/** The number of blocks that one look at the store takes. */
const BATCH_BLOCKS = 1000;
/** A suspect block that was scanned is not scanned as a suspect again before this time is over. */
const SUSPECT_AGAIN_MS = 10 * 60_000;
/** Failures for lack of descriptors or memory: they say nothing about a block. */
const LACKS: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/**
 * Reads every finalized replica of a volume once in a period, slowly, and reports those that don't match their checksums
 * (Hadoop: VolumeScanner). Replicas that could not be read to the end for a client are scanned first.
 */
export class VolumeScanner {
  readonly #volume: Volume;
  readonly #o: VolumeScannerOptions;
  readonly #throttler: DataTransferThrottler;
  readonly #suspects = new Map<number, StoredReplica>();
  readonly #lookedAtMs = new Map<number, number>();
  #cursor: ScanCursor = { iterStartMs: 0, place: '', atEnd: true };
  #batch: StoredReplica[] = [];
  #savedMs = 0;
  readonly #loop: StoreLoop;

  constructor(volume: Volume, options: VolumeScannerOptions) {
    this.#volume = volume;
    this.#o = options;
    this.#throttler = new DataTransferThrottler(options.bytesPerSecond, options.clock);
    this.#loop = new StoreLoop(options.store);
  }

  start(): void {
    this.#loop.start(async () => {
      try {
        await this.#run();
      } catch (err) {
        if (this.#o.bugs.ofWork('VolumeScanner', { volume: this.#volume.directory }, err) instanceof Bug) return;
        this.#o.log.error({ err, volume: this.#volume.directory }, 'the block scanner of a volume ends');
      }
    });
  }

  /** Has a replica scanned soon, because reading it for a client has failed. */
  markSuspect(stored: StoredReplica): void {
    const { blockId } = stored.state;
    const lookedAtMs = this.#lookedAtMs.get(blockId) ?? Number.NEGATIVE_INFINITY;
    if (this.#o.clock.monotonicMs() - lookedAtMs < SUSPECT_AGAIN_MS) return;
    this.#suspects.set(blockId, stored);
    this.#loop.wake();
  }

  async stop(): Promise<void> {
    const stopping = this.#loop.stop();
    this.#throttler.close();
    await stopping;
  }

  get #isOn(): boolean {
    return !this.#loop.isStopped && this.#o.store.volumes.includes(this.#volume);
  }

  get #cursorFile(): string {
    return this.#volume.poolPath('scanner.cursor');
  }

  async #run(): Promise<void> {
    if (!this.#isOn) return;
    this.#cursor = (await loadCursor(this.#cursorFile, this.#o.log)) ?? this.#cursor;
    while (this.#isOn) {
      const suspect = this.#takeSuspect();
      if (suspect) {
        await this.#scan(suspect);
        continue;
      }
      const next = this.#nextBlock();
      if (next) {
        await this.#scan(next);
        this.#cursor = { ...this.#cursor, place: placeOf(next.state.blockId) };
        await this.#maybeSave();
      } else if (this.#cursor.atEnd) {
        await this.#sleep(this.#cursor.iterStartMs + this.#o.periodMs - this.#o.clock.now());
      } else {
        this.#cursor = { ...this.#cursor, atEnd: true };
        await this.#save();
      }
    }
    if (this.#o.store.volumes.includes(this.#volume)) await this.#save();
  }

  #takeSuspect(): StoredReplica | undefined {
    const nowMs = this.#o.clock.monotonicMs();
    for (const [blockId, ms] of this.#lookedAtMs) if (nowMs - ms >= SUSPECT_AGAIN_MS) this.#lookedAtMs.delete(blockId);
    for (const [blockId, stored] of this.#suspects) {
      this.#suspects.delete(blockId);
      this.#lookedAtMs.set(blockId, nowMs);
      return stored;
    }
    return undefined;
  }

  /** Returns the next block of the round. Begins a new round if one is due. */
  #nextBlock(): StoredReplica | undefined {
    const nowMs = this.#o.clock.now();
    if (this.#cursor.atEnd) {
      // A clock that was set back must not delay the next round for ever.
      const isDue = nowMs >= this.#cursor.iterStartMs + this.#o.periodMs || nowMs < this.#cursor.iterStartMs;
      if (!isDue) return undefined;
      this.#cursor = { iterStartMs: nowMs, place: '', atEnd: false };
      this.#batch = [];
    }
    if (this.#batch.length === 0) this.#batch = this.#blocksBehind(this.#cursor.place);
    return this.#batch.shift();
  }

  #blocksBehind(place: string): StoredReplica[] {
    const behind: { place: string; stored: StoredReplica }[] = [];
    for (const stored of this.#o.store.replicas()) {
      if (stored.volume !== this.#volume || stored.state.kind !== 'FINALIZED') continue;
      const at = placeOf(stored.state.blockId);
      if (at > place) behind.push({ place: at, stored });
    }
    behind.sort((a, b) => (a.place < b.place ? -1 : 1));
    return behind.slice(0, BATCH_BLOCKS).map((b) => b.stored);
  }

  async #scan(stored: StoredReplica): Promise<void> {
    const { store, log, metrics } = this.#o;
    if (store.find(stored.block) !== stored) return;
    try {
      const verdict = await verifyReplica(stored, this.#throttler);
      if (verdict.kind === 'intact') metrics.BlocksVerified++;
      if (verdict.kind === 'intact' || verdict.kind === 'skipped' || store.find(stored.block) !== stored) return;
      metrics.BlockVerificationFailures++;
      log.warn({ block: stored.name, volume: this.#volume.directory }, `the block scanner found: ${verdict.why}`);
      if (verdict.kind === 'vanished') await this.#o.onVanished(stored);
      // A replica that lacks only its meta file is still known here, and is corrupt.
      if (store.find(stored.block) === stored) this.#o.onCorrupt(stored);
    } catch (err) {
      if (!this.#isOn) return;
      if (this.#o.bugs.ofWork('VolumeScanner.scan', { block: stored.name }, err) instanceof Bug) return;
      log.warn({ err, block: stored.name }, 'the block scanner could not read a block');
      // Any other failure is the disk's, which can't read the block.
      if (!LACKS.has(errorCode(err) ?? '')) this.#o.onCorrupt(stored);
    }
  }

  async #maybeSave(): Promise<void> {
    if (this.#o.clock.monotonicMs() - this.#savedMs >= this.#o.cursorSaveIntervalMs) await this.#save();
  }

  async #save(): Promise<void> {
    this.#savedMs = this.#o.clock.monotonicMs();
    try {
      await saveCursor(this.#cursorFile, this.#cursor, this.#o.clock.now());
    } catch (e) {
      const volume = this.#volume.directory;
      const err = this.#o.bugs.failureOf('VolumeScanner.save', { volume }, e);
      this.#o.log.warn({ err, volume }, "the block scanner's cursor could not be saved");
    }
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#loop.isStopped || this.#suspects.size > 0) return;
    await this.#loop.sleep(ms);
  }
}
