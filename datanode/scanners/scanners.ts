/** The two scanners of a DataNode: one reads blocks, the other compares the directories with the replicas in memory. */
import type { Configuration } from '../../conf/configuration.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import { forgetVanished } from '../context/vanished-replica.ts';
import { BlockScanner } from './block-scanner.ts';
import { DirectoryScanner } from './directory-scanner.ts';

/** Hadoop's reading of dfs.datanode.scan.period.hours: 0 means three weeks, less means never. */
const SCAN_PERIOD_HOURS = 504;
const HOUR_MS = 3_600_000;

export class Scanners {
  readonly block: BlockScanner;
  readonly directory: DirectoryScanner;

  constructor(
    conf: Configuration,
    scope: Pick<DatanodeContext, 'store' | 'log' | 'clock' | 'events' | 'metrics' | 'bugs'>,
  ) {
    const { events } = scope;
    this.block = new BlockScanner({
      ...scope,
      bytesPerSecond: conf.get('dfs.block.scanner.volume.bytes.per.second'),
      periodMs: (conf.get('dfs.datanode.scan.period.hours') || SCAN_PERIOD_HOURS) * HOUR_MS,
      cursorSaveIntervalMs: conf.get('dfs.block.scanner.cursor.save.interval.ms'),
      onCorrupt: (stored) => events.bad(stored.block, undefined),
      onVanished: (stored) => forgetVanished(scope, stored),
    });
    this.directory = new DirectoryScanner(scope, conf.get('dfs.datanode.directoryscan.interval'));
  }

  start(): void {
    this.block.start();
    this.directory.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.block.stop(), this.directory.stop()]);
  }
}
