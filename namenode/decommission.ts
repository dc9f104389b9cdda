import { type BlockInfo, isBeingWritten, liveReplicas } from './block-info.ts';
import { AdminState, type DatanodeDescriptor, xferAddress } from './datanode-descriptor.ts';
import { wantedReplicas } from './replication.ts';
import type { NamesystemState, Transaction } from './state.ts';

/** How far a DataNode is on its way out (DatanodeAdminManager). */
export interface Decommission {
  readonly startedMs: number;
  /** Blocks of it that were not enough elsewhere when they were looked at. */
  readonly insufficient: Set<BlockInfo>;
  /** The blocks that are still to be looked at in this scan; undefined between two scans. */
  scan: Iterator<BlockInfo> | undefined;
  /** Whether that scan looks at every block, rather than only at the insufficient ones again. */
  isFullScan: boolean;
  dueMs: number;
}

function* blocksOf(datanode: DatanodeDescriptor): Generator<BlockInfo, undefined> {
  for (const storage of datanode.storages.values()) yield* storage.blocks.keys();
  return undefined;
}

/** Its replicas no longer count; they are copied elsewhere. A dead DataNode has nothing to copy. */
export function startDecommission(s: NamesystemState, tx: Transaction, datanode: DatanodeDescriptor): void {
  if (datanode.adminState !== AdminState.NORMAL) return;
  s.datanodes.racksChanged();
  datanode.adminState = datanode.alive ? AdminState.DECOMMISSION_INPROGRESS : AdminState.DECOMMISSIONED;
  if (!datanode.alive) return;
  tx.log('info', `Starting decommission of ${xferAddress(datanode.id)}`);
  s.decommissions.set(datanode, {
    startedMs: tx.now,
    insufficient: new Set(),
    scan: undefined,
    isFullScan: true,
    dueMs: tx.now,
  });
  s.toCheck.push(blocksOf(datanode));
  tx.moreWork();
}

/** Recommission: its replicas count again, and there may be too many now. */
export function stopDecommission(s: NamesystemState, tx: Transaction, datanode: DatanodeDescriptor): void {
  if (datanode.adminState === AdminState.NORMAL) return;
  s.datanodes.racksChanged();
  datanode.adminState = AdminState.NORMAL;
  s.decommissions.delete(datanode);
  tx.log('info', `Stopping decommission of ${xferAddress(datanode.id)}`);
  s.toCheck.push(blocksOf(datanode));
  tx.moreWork();
}

/**
 * Looks at up to `limit` blocks of DataNodes that are being decommissioned. One of which every block is elsewhere is
 * decommissioned. The next look is after dfs.namenode.decommission.interval.
 */
export function checkDecommissions(s: NamesystemState, tx: Transaction, limit: number): void {
  let budget = limit;
  for (const [datanode, state] of s.decommissions) {
    if (budget <= 0) break;
    if (!datanode.alive) {
      // Its blocks are copied as those of any dead DataNode; what it alone has can't be, and must not be given up.
      if (isAllElsewhere(s)) becomeDecommissioned(s, tx, datanode, state);
      continue;
    }
    budget = checkDecommission(s, tx, datanode, state, budget);
    if (state.scan !== undefined) tx.moreWork();
  }
}

const isAllElsewhere = (s: NamesystemState): boolean =>
  s.redundancy.low.size === 0 &&
  s.redundancy.pending.size === 0 &&
  s.deadStorages.length === 0 &&
  s.toCheck.length === 0;

function checkDecommission(
  s: NamesystemState,
  tx: Transaction,
  datanode: DatanodeDescriptor,
  state: Decommission,
  limit: number,
): number {
  if (state.scan === undefined) {
    if (tx.now < state.dueMs || !hasReported(datanode)) return limit;
    state.isFullScan = state.insufficient.size === 0;
    state.scan = state.isFullScan ? blocksOf(datanode) : state.insufficient.values();
  }
  let budget = limit;
  while (budget > 0) {
    const next = state.scan.next();
    if (next.done === true) {
      state.scan = undefined;
      if (state.insufficient.size > 0 || isWrittenTo(s, datanode))
        state.dueMs = tx.now + s.config.decommissionIntervalMs;
      else if (state.isFullScan) becomeDecommissioned(s, tx, datanode, state);
      return budget;
    }
    budget--;
    const block: BlockInfo = next.value;
    if (isSufficient(s, block)) state.insufficient.delete(block);
    else {
      state.insufficient.add(block);
      s.redundancy.update(block);
    }
  }
  return budget;
}

/** What it holds is not known before each of its storages was reported; one that has just registered names none yet. */
const hasReported = (datanode: DatanodeDescriptor): boolean =>
  datanode.storages.size > 0 &&
  [...datanode.storages.values()].every((storage) => storage.failed || storage.reportEpoch > 0);

/** DatanodeAdminManager.isSufficient: the replication, or at least the default one; and on enough racks. */
function isSufficient(s: NamesystemState, block: BlockInfo): boolean {
  const live = liveReplicas(block);
  if (block.file === undefined) return true;
  if (block.state !== 'COMPLETE') return live >= s.config.replicationMin;
  const wanted = wantedReplicas(block);
  if (live < wanted) return live >= s.config.replicationDefault && live >= s.config.replicationMin;
  return s.redundancy.hasEnoughRacks(block, wanted);
}

/** Whether it is in a pipeline that can't do without it: what is being written there is nowhere else. */
function isWrittenTo(s: NamesystemState, datanode: DatanodeDescriptor): boolean {
  for (const file of s.leases.openFileIds()) {
    const block = s.tree.file(file)?.blocks.at(-1);
    if (block === undefined || !isBeingWritten(block)) continue;
    const pipeline = (block.expected ?? []).map((e) => e.storage.datanode);
    if (!pipeline.includes(datanode)) continue;
    const others = pipeline.filter((d) => d.alive && d.adminState === AdminState.NORMAL);
    if (others.length < s.config.replicationMin) return true;
  }
  return false;
}

function becomeDecommissioned(s: NamesystemState, tx: Transaction, datanode: DatanodeDescriptor, state: Decommission) {
  datanode.adminState = AdminState.DECOMMISSIONED;
  s.decommissions.delete(datanode);
  const seconds = Math.round((tx.now - state.startedMs) / 1000);
  tx.log('info', `Decommissioning complete for node ${xferAddress(datanode.id)} after ${seconds} s`);
}

/** DatanodeDescriptor.LeavingServiceStatus: of the blocks that were insufficient at the last look. */
export function leavingServiceStatus(state: Decommission | undefined): {
  readonly underReplicated: number;
  readonly onlyOnLeaving: number;
  readonly inOpenFiles: number;
} {
  let onlyOnLeaving = 0;
  let inOpenFiles = 0;
  for (const block of state?.insufficient ?? []) {
    if (liveReplicas(block) === 0) onlyOnLeaving++;
    if (block.file?.underConstruction !== undefined) inOpenFiles++;
  }
  return { underReplicated: state?.insufficient.size ?? 0, onlyOnLeaving, inOpenFiles };
}
