import type { Clock } from '../../runtime/runtime.ts';
import { chooseNextMove, isGoodCandidate, type KnownBlock, type PendingMove } from './block-choice.ts';
import { moveBlock } from './block-mover.ts';
import { MoveQueue } from './move-queue.ts';
import type { MovedBlocks } from './moved-blocks.ts';
import type { NameNodeConnector } from './namenode-connector.ts';
import { type StorageGroup, storageGroupKey } from './storage-group.ts';

/** A DataNode whose move failed is left alone for so long. */
const DELAY_AFTER_ERROR_MS = 10_000;
/** A source without a possible move looks again when a move has ended, at the latest after this. */
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

/** Sums over all rounds. */
export interface MoveTotals {
  bytesMoved: number;
  blocksMoved: number;
  blocksFailed: number;
}

/**
 * Carries out one round: chooses blocks of each source and has its targets fetch them, until all planned bytes are on
 * their way or nothing more can be moved; org.apache.hadoop.hdfs.server.balancer.Dispatcher.
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
  readonly #queues = new Map<string, MoveQueue>();
  #wakeUps: (() => void)[] = [];

  /** @param groups every storage group that takes part, also those without a task: blocks have replicas there */
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

  /** @returns bytes moved in this round */
  async dispatch(sources: readonly StorageGroup[]): Promise<number> {
    const bytesBefore = this.#totals.bytesMoved;
    const { moverThreads, concurrentMovesMax, dispatcherThreads } = this.#settings;
    const targets = new Set(sources.flatMap((source) => source.tasks.map((task) => task.target.uuid)));
    const each = Math.min(concurrentMovesMax, Math.max(1, Math.floor(moverThreads / Math.max(1, targets.size))));
    for (const target of targets) this.#queues.set(target, new MoveQueue(each, (move) => this.#move(move)));
    const waiting = [...sources];
    const worker = async (): Promise<void> => {
      for (let source = waiting.shift(); source; source = waiting.shift()) await this.#dispatchSource(source);
    };
    await Promise.all(Array.from({ length: Math.min(dispatcherThreads, sources.length) }, worker));
    while ([...this.#queues.values()].some((queue) => !queue.isIdle)) await this.#nextMoveEnded(IDLE_WAIT_MS);
    return this.#totals.bytesMoved - bytesBefore;
  }

  get #isOver(): boolean {
    return this.#clock.monotonicMs() - this.#beganMs > this.#settings.iterationMaxMs;
  }

  /** Twice the planned bytes are asked for, since not every block can be moved. */
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
        this.#queues.get(move.target.uuid)?.add(move);
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
      await this.#nextMoveEnded(IDLE_WAIT_MS);
    }
  }

  /** @returns bytes of the blocks that came, whether they can be moved or not; 0 when the NameNode failed */
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
        // Blocks of striped groups have other ids than their group.
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
      this.#warn(`Exception while getting the block list of ${source.name}: ${message(e)}`);
      return 0;
    }
  }

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
      this.#warn(`Failed to move ${what} ${way}: ${message(e)}`);
      // Not the source: it only loses its replica later, and by the NameNode's word.
      this.#delay(proxy.uuid);
      this.#delay(target.uuid);
    } finally {
      for (const wakeUp of this.#wakeUps.splice(0)) wakeUp();
    }
  }

  #delay(datanodeUuid: string): void {
    this.#delayedUntilMs.set(datanodeUuid, this.#clock.monotonicMs() + DELAY_AFTER_ERROR_MS);
  }

  #isDelayed(datanodeUuid: string): boolean {
    return (this.#delayedUntilMs.get(datanodeUuid) ?? 0) > this.#clock.monotonicMs();
  }

  #nextMoveEnded(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wakeUps.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

const message = (e: unknown): string => (e instanceof Error ? e.message : String(e));
