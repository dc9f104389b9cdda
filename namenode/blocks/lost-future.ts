/**
 * Recognises replicas of a future that this namespace does not know, and keeps their numbers from being assigned again.
 *
 * Every id and stamp is durable before anyone hears of it. So a reported number beyond the counters shows that the name
 * directory is an old copy, or that a client or DataNode made the number up. The replica may be the last one of its
 * data: it is neither used nor deleted until an administrator gives the future up (`dfsadmin -safemode forceExit`).
 */
import type { Counters } from '../command/counters.ts';
import { inRanges, withRange } from '../command/number-ranges.ts';
import type { Transaction } from '../command/transaction.ts';
import type { BlockManagerState } from './block-state.ts';
import { REPORTED_MAX } from './future-blocks.ts';
import { xferAddress } from './locations/datanode-descriptor.ts';
import type { BlockInfo, StorageInfo } from './locations/model.ts';

/** More block ids, and generation stamps, than a NameNode assigns between two copies of its directory. */
const UNREPORTED_NUMBERS = 1_000_000;

interface Numbers {
  readonly id: number;
  readonly genStamp: number;
}

/**
 * Takes account of a replica if it is of an unknown future. Returns true if it is: the replica must then be left alone.
 * @param block the block of this namespace with the replica's id, if there is one
 */
export function noteIfOfFuture(
  s: BlockManagerState,
  tx: Transaction,
  storage: StorageInfo,
  replica: Numbers & { readonly numBytes: number },
  block: BlockInfo | undefined,
): boolean {
  const { counters, safeMode } = s;
  const isBeyond = replica.id > counters.lastBlockId || replica.genStamp > counters.generationStamp;
  if (!isBeyond && !isLost(counters, replica, block)) return false;
  if (replica.id > REPORTED_MAX || replica.genStamp > REPORTED_MAX) {
    const { datanode } = storage;
    tx.log(
      'warn',
      `${xferAddress(datanode.id)} reports blk_${replica.id}_${replica.genStamp}, a number that no NameNode assigns: ` +
        'it is left alone',
    );
    return true;
  }
  safeMode.future.add(storage.uuid, replica, isBeyond);
  // While safe mode is on, no number is assigned, and the newer copy of the name directory may still be put back.
  if (isBeyond && !safeMode.isEntered) passReportedNumbers(s, tx);
  return true;
}

/** Whether the numbers of a replica lie in a range that was passed over because of a lost future. */
function isLost({ lostBlockIds, lostGenStamps }: Counters, replica: Numbers, block: BlockInfo | undefined): boolean {
  if (lostGenStamps.length === 0 && lostBlockIds.length === 0) return false;
  if (block === undefined) return inRanges(lostBlockIds, replica.id) || inRanges(lostGenStamps, replica.genStamp);
  // A block that is being written is the file's own, and recovery needs each of its replicas.
  if (block.expected !== undefined || replica.genStamp === block.genStamp) return false;
  return inRanges(lostGenStamps, replica.genStamp);
}

/**
 * Moves the counters beyond every number that was reported, and remembers the numbers between. So they are never
 * assigned, and their replicas are still recognised after a restart.
 */
export function passReportedNumbers(s: BlockManagerState, tx: Transaction): void {
  const { counters } = s;
  const { maxBlockId, maxGenStamp } = s.safeMode.future;
  if (maxBlockId > counters.lastBlockId) {
    counters.lostBlockIds = withRange(counters.lostBlockIds, [counters.lastBlockId + 1, maxBlockId]);
    counters.lastBlockId = maxBlockId;
    tx.countersChanged();
  }
  if (maxGenStamp > counters.generationStamp) {
    counters.lostGenStamps = withRange(counters.lostGenStamps, [counters.generationStamp + 1, maxGenStamp]);
    counters.generationStamp = maxGenStamp;
    tx.countersChanged();
  }
  s.safeMode.future.passed();
}

/**
 * Notes that the name directory is a copy, of which nobody knows whether it is the newest. While safe mode is on, its end
 * passes over the numbers that a newer copy may have assigned; later this is done at once.
 */
export function noteCopy(s: BlockManagerState, tx: Transaction): void {
  s.safeMode.future.mayBeOld = true;
  if (!s.safeMode.isEntered) passUnreportedNumbers(s, tx);
}

/**
 * Passes over numbers that a newer copy of the name directory may have assigned and that no DataNode has reported yet,
 * if there may be such a copy. The name directory may count as the newest one as soon as the counters are on disk.
 */
export function passUnreportedNumbers(s: BlockManagerState, tx: Transaction): void {
  const { counters } = s;
  const { future } = s.safeMode;
  if (!future.mayBeOld) return;
  future.mayBeOld = false;
  future.maxBlockId = counters.lastBlockId + UNREPORTED_NUMBERS;
  future.maxGenStamp = counters.generationStamp + UNREPORTED_NUMBERS;
  passReportedNumbers(s, tx);
  tx.placeIsKnown();
}

/** Gives the lost future up: its numbers stay unassigned, and full reports from now on order its replicas deleted. */
export function giveFutureUp(s: BlockManagerState, tx: Transaction): void {
  const { counters, safeMode } = s;
  const { replicas, bytes } = safeMode.future;
  passReportedNumbers(s, tx);
  if (replicas > 0) {
    tx.log(
      'warn',
      `Leaving safe mode due to forceExit. This will cause a data loss of ${bytes} byte(s) in ${replicas} replicas`,
    );
  }
  if (counters.lostBlockIds.length > 0 || counters.lostGenStamps.length > 0) {
    counters.lostBlockIds = [];
    counters.lostGenStamps = [];
    tx.countersChanged();
  }
  safeMode.future.clear();
}

/** Ends the full report of a storage, and warns of the replicas of a lost future among those that it named. */
export function futureReported(s: BlockManagerState, tx: Transaction, storage: StorageInfo): void {
  const { safeMode } = s;
  const { replicas, bytes } = safeMode.future.endReport(storage.uuid);
  if (replicas === 0) return;
  const then = safeMode.future.keepsSafeModeOn
    ? 'Safe mode stays on: put the newer copy of the name directory back, or use "hdfs dfsadmin -safemode forceExit".'
    : 'They are kept until "hdfs dfsadmin -safemode forceExit".';
  tx.log(
    'warn',
    `${xferAddress(storage.datanode.id)} ${storage.uuid} holds ${replicas} replicas (${bytes} bytes) of blocks that this ` +
      `namespace has not assigned: its name directory may be an old copy. ${then}`,
  );
}
