import os from 'node:os';
import type { Configuration } from '../conf/configuration.ts';
import {
  ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus,
  type ExtendedBlockProto,
} from '../protocol/gen/messages.ts';
import type { Logger } from '../runtime/log.ts';
import type { Clock } from '../runtime/runtime.ts';
import { ackFlag, CongestionSignal, Ecn, Slow } from './context/congestion.ts';
import { BlockBalanceThrottler, DataTransferThrottler } from './context/data-transfer-throttler.ts';
import type { BlockEvents, DatanodeContext, TransferSettings } from './context/datanode-context.ts';
import { forgetVanished } from './context/vanished-replica.ts';
import type { NamenodeLink } from './link/namenode-link.ts';
import type { BlockStore } from './replicas/block-store.ts';
import type { StoredReplica } from './replicas/stored-replica.ts';
import { BlockScanner } from './scanners/block-scanner.ts';
import { DirectoryScanner } from './scanners/directory-scanner.ts';

export function transferSettings(conf: Configuration): TransferSettings {
  return {
    socketTimeoutMs: conf.get('dfs.client.socket-timeout'),
    writeTimeoutMs: conf.get('dfs.datanode.socket.write.timeout'),
    keepaliveMs: conf.get('dfs.datanode.socket.reuse.keepalive'),
    estimatedBlockSizeBytes: conf.get('dfs.blocksize'),
    syncOnClose: conf.get('dfs.datanode.synconclose'),
    restartReplicaExpiryMs: conf.get('dfs.datanode.restart.replica.expiration'),
    connectByHostname: conf.get('dfs.datanode.use.datanode.hostname'),
  };
}

export function throttlers(conf: Configuration, clock: Clock) {
  const bandwidth = conf.get('dfs.datanode.balance.bandwidthPerSec');
  const movesMax = conf.get('dfs.datanode.balance.max.concurrent.moves');
  return {
    balanceThrottler: new BlockBalanceThrottler(bandwidth, movesMax, clock),
    transferThrottler: new DataTransferThrottler(conf.get('dfs.datanode.data.transfer.bandwidthPerSec'), clock),
  };
}

/**
 * What acks say besides their status: this machine's load, with dfs.pipeline.ecn, and with dfs.pipeline.slownode whether
 * the NameNode has found this node slow.
 */
export function ackFlags(conf: Configuration, clock: Clock, link: () => NamenodeLink): DatanodeContext['flagOf'] {
  const ecn = congestion(conf, clock);
  if (!conf.get('dfs.pipeline.slownode')) return (status) => ackFlag(status, ecn(), Slow.DISABLED);
  return (status) => ackFlag(status, ecn(), link().session.isSlowNode ? Slow.SLOW : Slow.NORMAL);
}

function congestion(conf: Configuration, clock: Clock): () => Ecn {
  if (!conf.get('dfs.pipeline.ecn')) return () => Ecn.DISABLED;
  const options = { processors: os.availableParallelism(), ratio: conf.get('dfs.pipeline.congestion.ratio'), clock };
  const signal = new CongestionSignal(() => os.loadavg()[0] ?? 0, options);
  return () => signal.ecn;
}

export interface Scanners {
  readonly block: BlockScanner;
  readonly directory: DirectoryScanner;
}

/** Hadoop's reading of dfs.datanode.scan.period.hours: 0 means three weeks, less means never. */
const SCAN_PERIOD_HOURS = 504;
const HOUR_MS = 3_600_000;

export function makeScanners(conf: Configuration, context: DatanodeContext): Scanners {
  const { store, log, clock, events, metrics } = context;
  const block = new BlockScanner({
    store,
    log,
    clock,
    metrics,
    bytesPerSecond: conf.get('dfs.block.scanner.volume.bytes.per.second'),
    periodMs: (conf.get('dfs.datanode.scan.period.hours') || SCAN_PERIOD_HOURS) * HOUR_MS,
    cursorSaveIntervalMs: conf.get('dfs.block.scanner.cursor.save.interval.ms'),
    onCorrupt: (stored) => events.bad(stored.block, undefined),
    onVanished: (stored) => forgetVanished(context, stored),
  });
  return { block, directory: new DirectoryScanner(context, conf.get('dfs.datanode.directoryscan.interval')) };
}

/** What happens to blocks, told to the NameNode: what it waits for at once, the rest with its next heartbeat. */
export function blockEvents(
  store: BlockStore,
  link: () => NamenodeLink,
  log: Logger,
  self: DatanodeContext['self'],
): BlockEvents {
  const tell = (replica: StoredReplica, status: BlockStatus, urgent: boolean, deleteHint?: string): void =>
    link().report(replica.volume.storageId, { block: replica.block, status, deleteHint }, urgent);
  return {
    receiving: (replica) => tell(replica, BlockStatus.RECEIVING, false),
    received: (replica, deleteHint) => tell(replica, BlockStatus.RECEIVED, true, deleteHint),
    deleted: (replica) => tell(replica, BlockStatus.DELETED, false),
    bad: (block: ExtendedBlockProto, datanode) => {
      if (block.poolId !== store.blockPoolId) return;
      link()
        .session.reportBadBlock(block, datanode ?? self())
        .catch((err: unknown) => log.warn({ err }, 'failed to report a bad block'));
    },
  };
}
