/** Safe mode: decides whether the namespace can be changed now, and explains why not. */
import { invariant } from '../../runtime/bug.ts';
import { FutureBlocks } from './future-blocks.ts';

/** The settings dfs.namenode.safemode.*. The threshold is a fraction, the extension is in ms. */
export interface SafeModeConfig {
  readonly thresholdPct: number;
  readonly minDatanodes: number;
  readonly extensionMs: number;
}

/**
 * Safe mode is off, or an administrator turned it on, or it is on because too few blocks have been reported since
 * start-up, or it is in its extension after enough were reported.
 */
type Reason = 'OFF' | 'MANUAL' | 'STARTUP' | 'EXTENSION';

/** The state of safe mode. Low disk space and a failed store keep it on in addition to `Reason`. */
export class SafeMode {
  readonly #config: SafeModeConfig;
  #reason: Reason = 'STARTUP';
  #extensionEndsMs = 0;
  /** Whether the disk of the name directory has too little free space. */
  #isDiskLow = false;
  /** Whether the disk of the name directory refuses writes. */
  #hasStoreFailed = false;
  /** The blocks that DataNodes reported and this namespace has not assigned. */
  readonly future = new FutureBlocks();
  /** Number of COMPLETE blocks in the namespace. */
  blocksTotal = 0;
  /** Number of COMPLETE blocks with enough replicas. Between two commands it is at most blocksTotal. */
  blocksSafe = 0;

  constructor(config: SafeModeConfig) {
    this.#config = config;
  }

  /**
   * Checks that the counts are possible.
   * @throws InvariantError
   */
  checkCounts(): void {
    invariant(this.blocksSafe >= 0 && this.blocksSafe <= this.blocksTotal, '0 <= blocksSafe <= blocksTotal');
  }

  get isOn(): boolean {
    return this.#reason !== 'OFF' || this.#areResourcesLow;
  }

  /** Whether safe mode is on for a reason other than the disk: it ends by a command or when enough was reported. */
  get isEntered(): boolean {
    return this.#reason !== 'OFF';
  }

  get isStartup(): boolean {
    return this.#reason === 'STARTUP' || this.#reason === 'EXTENSION';
  }

  /**
   * The number of blocks that must have been reported. As in Hadoop, except that a namespace of one block waits for
   * that block.
   */
  get #threshold(): number {
    const wanted = this.blocksTotal * this.#config.thresholdPct;
    return wanted > 0 ? Math.max(1, Math.floor(wanted)) : 0;
  }

  #satisfied(liveDatanodes: number): boolean {
    return this.blocksSafe >= this.#threshold && liveDatanodes >= this.#config.minDatanodes;
  }

  /** Ends the safe mode of start-up if its conditions hold and no block of the future is known. Returns true if safe mode ends by this call. */
  maybeLeave(liveDatanodes: number, now: number): boolean {
    if (!this.isStartup) return false;
    if (!this.#satisfied(liveDatanodes) || this.future.keepsSafeModeOn) {
      this.#reason = 'STARTUP';
      return false;
    }
    // As in Hadoop, the extension is skipped if there is no threshold to reach.
    const extensionMs = this.#threshold === 0 && this.#config.minDatanodes === 0 ? 0 : this.#config.extensionMs;
    if (this.#reason === 'STARTUP') {
      this.#reason = 'EXTENSION';
      this.#extensionEndsMs = now + extensionMs;
    }
    if (now < this.#extensionEndsMs) return false;
    this.#reason = 'OFF';
    return true;
  }

  becomeManual(): void {
    this.#reason = 'MANUAL';
  }

  get isDiskLow(): boolean {
    return this.#isDiskLow;
  }

  /** Notes whether disk space is low. Safe mode of this cause ends when the disk has room again. */
  setDiskLow(isLow: boolean): void {
    this.#isDiskLow = isLow;
  }

  /** Notes whether writes to the store fail. Safe mode of this cause ends when the disk accepts writes again. */
  setStoreFailed(hasFailed: boolean): void {
    this.#hasStoreFailed = hasFailed;
  }

  get #areResourcesLow(): boolean {
    return this.#isDiskLow || this.#hasStoreFailed;
  }

  leave(): void {
    this.#reason = 'OFF';
  }

  /** Returns Hadoop's explanation of why safe mode is on and when it ends. */
  tip(liveDatanodes: number, now: number): string {
    if (this.#areResourcesLow) {
      const next =
        this.#reason === 'MANUAL' ? 'It was turned on manually, too' : 'Safe mode is turned off automatically';
      return (
        'Resources are low on NN. Please add or free up more resources: the disk of dfs.namenode.name.dir has less ' +
        `than dfs.namenode.resource.du.reserved left, or can't be written. ${next} then.`
      );
    }
    if (this.#reason === 'MANUAL') {
      if (this.future.keepsSafeModeOn) return `It was turned on manually. ${this.#futureTip()}`;
      return 'It was turned on manually. Use "hdfs dfsadmin -safemode leave" to turn safe mode off.';
    }
    return `${this.#blocksTip()}${this.#datanodesTip(liveDatanodes)}${this.#endTip(now)}`;
  }

  #futureTip(): string {
    return (
      'Name node detected blocks with generation stamps in future. This means that Name node metadata is inconsistent. ' +
      'This can happen if Name node metadata files have been manually replaced. Exiting safe mode will cause loss of ' +
      `${this.future.bytes} byte(s). Please restart name node with right metadata or use ` +
      '"hdfs dfsadmin -safemode forceExit" if you are certain that the NameNode was started with the correct FsImage ' +
      'and edit logs. If you encountered this during a rollback, it is safe to exit with -safemode forceExit.'
    );
  }

  #blocksTip(): string {
    const pct = this.#config.thresholdPct.toFixed(4);
    const missing = this.#threshold - this.blocksSafe;
    return missing > 0
      ? `The reported blocks ${this.blocksSafe} needs additional ${missing} blocks to reach the threshold ${pct} ` +
          `of total blocks ${this.blocksTotal}.\n`
      : `The reported blocks ${this.blocksSafe} has reached the threshold ${pct} of total blocks ` +
          `${this.blocksTotal}. `;
  }

  #datanodesTip(live: number): string {
    const min = this.#config.minDatanodes;
    if (min === 0) return 'The minimum number of live datanodes is not required. ';
    return live < min
      ? `The number of live datanodes ${live} needs an additional ${min - live} live datanodes to reach the ` +
          `minimum number ${min}.\n`
      : `The number of live datanodes ${live} has reached the minimum number ${min}. `;
  }

  #endTip(now: number): string {
    if (this.future.keepsSafeModeOn) return this.#futureTip();
    if (this.#reason === 'STARTUP')
      return 'Safe mode will be turned off automatically once the thresholds have been reached.';
    const seconds = Math.max(0, Math.ceil((this.#extensionEndsMs - now) / 1000));
    return `In safe mode extension. Safe mode will be turned off automatically in ${seconds} seconds.`;
  }
}
