/**
 * The scanners of a DataNode: one reads blocks, another one compares the directories with the replicas in memory. What the
 * reading needs to know of an earlier run is kept beside.
 */
import type { Configuration } from '../../conf/configuration.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import { forgetVanished } from '../context/vanished-replica.ts';
import { BlockScanner } from './block-scanner.ts';
import { DirectoryScanner } from './directory-scanner.ts';
import { HeaderKeeper } from './header-keeper.ts';

/** Hadoop's reading of dfs.datanode.scan.period.hours: 0 means three weeks, less means never. */
const SCAN_PERIOD_HOURS = 504;
const HOUR_MS = 3_600_000;

export class Scanners {
  readonly block: BlockScanner;
  readonly directory: DirectoryScanner;
  readonly #headers: HeaderKeeper;

  constructor(
    conf: Configuration,
    scope: Pick<DatanodeContext, 'store' | 'log' | 'clock' | 'events' | 'metrics' | 'bugs'>,
  ) {
    const { events } = scope;
    const saveIntervalMs = conf.get('dfs.block.scanner.cursor.save.interval.ms');
    this.block = new BlockScanner({
      ...scope,
      bytesPerSecond: conf.get('dfs.block.scanner.volume.bytes.per.second'),
      periodMs: (conf.get('dfs.datanode.scan.period.hours') || SCAN_PERIOD_HOURS) * HOUR_MS,
      cursorSaveIntervalMs: saveIntervalMs,
      onCorrupt: (stored) => events.bad(stored.block, undefined),
      onVanished: (stored) => forgetVanished(scope, stored),
    });
    this.directory = new DirectoryScanner(scope, conf.get('dfs.datanode.directoryscan.interval'));
    this.#headers = new HeaderKeeper({ ...scope, intervalMs: saveIntervalMs });
  }

  start(): void {
    this.block.start();
    this.directory.start();
    this.#headers.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.block.stop(), this.directory.stop(), this.#headers.stop()]);
  }
}
