/** One round of the balancer: from the plans of its sources to moved blocks. */
import pLimit, { type LimitFunction } from 'p-limit';
import { invariant } from '../../runtime/bug.ts';
import { messageOf } from '../../runtime/errors.ts';
import { Alarm } from '../../runtime/promises.ts';
import type { Clock } from '../../runtime/runtime.ts';
import { chooseNextMove, isGoodCandidate, type KnownBlock, type PendingMove } from './block-choice.ts';
import { moveBlock } from './block-mover.ts';
import type { MovedBlocks } from './moved-blocks.ts';
import type { NameNodeConnector } from './namenode-connector.ts';
import { type StorageGroup, storageGroupKey } from './storage-group.ts';

/** A DataNode whose move failed takes no part in moves for this time. */
const DELAY_AFTER_ERROR_MS = 10_000;
/** A source without a possible move looks again when a move has ended, or at the latest after this time. */
const IDLE_WAIT_MS = 1000;

export interface DispatcherSettings {
  readonly concurrentMovesMax: number;
  readonly moverThreads: number;
  readonly dispatcherThreads: number;
  readonly getBlocksSizeBytes: number;
  readonly minBlockSizeBytes: number;
  readonly hotIntervalMs: number;
  readonly moveTimeoutMs: number;
  readonly noMoveMaxMs: number;
  readonly iterationMaxMs: number;
}

/** Sums over all rounds of a balancer. */
export interface MoveTotals {
  bytesMoved: number;
  blocksMoved: number;
  blocksFailed: number;
}

/**
 * Carries out one round: chooses blocks of each source and has its targets fetch them. The round ends when all planned
 * bytes are moved, or when nothing more can be moved; org.apache.hadoop.hdfs.server.balancer.Dispatcher.
 */
export class Dispatcher {
  readonly #connector: NameNodeConnector;
  readonly #settings: DispatcherSettings;
  readonly #groups: ReadonlyMap<string, StorageGroup>;
  readonly #moved: MovedBlocks;
  readonly #totals: MoveTotals;
  readonly #warn: (message: string) => void;
  readonly #clock: Clock;
  readonly #beganMs: number;
  readonly #delayedUntilMs = new Map<string, number>();
  /** The moves to each target, by the uuid of its DataNode. */
  readonly #queues = new Map<string, LimitFunction>();
  /** Rings when a move has ended. */
  readonly #moveEnded = new Alarm();

  /** @param groups all storage groups, also those without a plan: blocks have replicas on them */
  constructor(
    connector: NameNodeConnector,
    groups: readonly StorageGroup[],
    state: { readonly moved: MovedBlocks; readonly totals: MoveTotals; readonly warn: (message: string) => void },
    settings: DispatcherSettings,
  ) {
    this.#connector = connector;
    this.#settings = settings;
    this.#groups = new Map(groups.map((group) => [group.key, group]));
    this.#moved = state.moved;
    this.#totals = state.totals;
    this.#warn = state.warn;
    this.#clock = connector.fs.client.clock;
    this.#beganMs = this.#clock.monotonicMs();
  }

  /** Runs the round. @returns bytes that it moved */
  async dispatch(sources: readonly StorageGroup[]): Promise<number> {
    const bytesBefore = this.#totals.bytesMoved;
    const { moverThreads, concurrentMovesMax, dispatcherThreads } = this.#settings;
    const targets = new Set(sources.flatMap((source) => source.tasks.map((task) => task.target.uuid)));
    const each = Math.min(concurrentMovesMax, Math.max(1, Math.floor(moverThreads / Math.max(1, targets.size))));
    for (const target of targets) this.#queues.set(target, pLimit(each));
    await pLimit(dispatcherThreads).map(sources, (source) => this.#dispatchSource(source));
    const isBusy = (queue: LimitFunction): boolean => queue.activeCount + queue.pendingCount > 0;
    while ([...this.#queues.values()].some(isBusy)) await this.#moveEnded.sleep(IDLE_WAIT_MS);
    return this.#totals.bytesMoved - bytesBefore;
  }

  get #isOver(): boolean {
    return this.#clock.monotonicMs() - this.#beganMs > this.#settings.iterationMaxMs;
  }

  /** Moves blocks of one source. It asks for twice the planned bytes, because not every block can be moved. */
  async #dispatchSource(source: StorageGroup): Promise<void> {
    const blocks = new Set<KnownBlock>();
    const seen = new Set<number>();
    let toReceiveBytes = 2 * source.scheduledBytes;
    let lastMoveMs = this.#clock.monotonicMs();
    const context = { moved: this.#moved, isDelayed: (uuid: string) => this.#isDelayed(uuid) };
    while (source.scheduledBytes > 0 && !this.#isOver && (blocks.size > 0 || toReceiveBytes > 0)) {
      const move = chooseNextMove(source, blocks, context);
      if (move) {
        lastMoveMs = this.#clock.monotonicMs();
        this.#begin(move);
        continue;
      }
      for (const known of blocks) if (this.#moved.has(known.block.blockId)) blocks.delete(known);
      if (toReceiveBytes > 0) {
        const receivedBytes = await this.#fetchBlocks(source, toReceiveBytes, blocks, seen);
        if (receivedBytes === 0) return;
        toReceiveBytes -= receivedBytes;
        continue;
      }
      if (this.#clock.monotonicMs() - lastMoveMs > this.#settings.noMoveMaxMs) return;
      await this.#moveEnded.sleep(IDLE_WAIT_MS);
    }
  }

  /** Asks the NameNode for blocks of a source. @returns their bytes, movable or not; 0 if the NameNode failed */
  async #fetchBlocks(
    source: StorageGroup,
    toReceiveBytes: number,
    blocks: Set<KnownBlock>,
    seen: Set<number>,
  ): Promise<number> {
    const { getBlocksSizeBytes, minBlockSizeBytes, hotIntervalMs } = this.#settings;
    try {
      const sizeBytes = Math.min(getBlocksSizeBytes, toReceiveBytes);
      const found = await this.#connector.getBlocks(source, sizeBytes, minBlockSizeBytes, hotIntervalMs);
      let receivedBytes = 0;
      for (const { block, datanodeUuids, storageTypes, indices } of found) {
        receivedBytes += block.numBytes ?? 0;
        // The blocks of a striped group have other ids than the group.
        if (indices !== undefined || seen.has(block.blockId) || (block.numBytes ?? 0) < minBlockSizeBytes) continue;
        seen.add(block.blockId);
        const locations = datanodeUuids.flatMap((uuid, i) => {
          const type = storageTypes[i];
          const group = type === undefined ? undefined : this.#groups.get(storageGroupKey(uuid, type));
          return group ? [group] : [];
        });
        const known = { block, locations };
        if (source.tasks.some(({ target }) => isGoodCandidate(known, source, target, this.#moved))) blocks.add(known);
      }
      return receivedBytes;
    } catch (e) {
      this.#warn(`Exception while getting the block list of ${source.name}: ${messageOf(e)}`);
      return 0;
    }
  }

  /** Moves a block when its target has a free place. Whoever waits for the end of a move looks at the queues again then. */
  #begin(move: PendingMove): void {
    const queue = this.#queues.get(move.target.uuid);
    invariant(queue !== undefined, `every target has a queue, ${move.target.name} too`);
    void queue(() => this.#move(move)).finally(() => this.#moveEnded.ring());
  }

  /** Never rejects: a move that fails is told and counted. */
  async #move(move: PendingMove): Promise<void> {
    const { known, source, target, proxy } = move;
    try {
      await moveBlock(move, {
        poolId: this.#connector.poolId,
        clock: this.#clock,
        useHostname: this.#connector.fs.conf.get('dfs.client.use.datanode.hostname'),
        moveTimeoutMs: this.#settings.moveTimeoutMs,
        isOver: () => this.#isOver,
      });
      this.#totals.bytesMoved += known.block.numBytes ?? 0;
      this.#totals.blocksMoved++;
    } catch (e) {
      this.#totals.blocksFailed++;
      const what = `blk_${known.block.blockId}_${known.block.genStamp} with size=${known.block.numBytes ?? 0}`;
      const way = `from ${source.name} to ${target.name} through ${proxy.name}`;
      this.#warn(`Failed to move ${what} ${way}: ${messageOf(e)}`);
      // The source is not delayed: it takes no part in the copy, and loses its replica only when the NameNode says so.
      this.#delay(proxy.uuid);
      this.#delay(target.uuid);
    }
  }

  #delay(datanodeUuid: string): void {
    this.#delayedUntilMs.set(datanodeUuid, this.#clock.monotonicMs() + DELAY_AFTER_ERROR_MS);
  }

  #isDelayed(datanodeUuid: string): boolean {
    return (this.#delayedUntilMs.get(datanodeUuid) ?? 0) > this.#clock.monotonicMs();
  }
}
