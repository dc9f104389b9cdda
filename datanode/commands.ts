/** Carries out the commands that the NameNode sends with its answers to heartbeats. */
import {
  type BlockCommandProto,
  BlockCommandProto_Action,
  type BlockProto,
  type DatanodeCommandProto,
  DatanodeCommandProto_Type,
  type RecoveringBlockProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
} from '../protocol/gen/messages.ts';
import { Bug } from '../runtime/bug.ts';
import type { Logger } from '../runtime/log.ts';
import type { DatanodeContext } from './context/datanode-context.ts';
import { forgetVanished } from './context/vanished-replica.ts';
import type { NamenodeSession } from './link/namenode-session.ts';
import type { Outbox } from './link/outbox.ts';
import { recoverBlock } from './recovery/block-recovery.ts';
import type { StoredReplica } from './replicas/stored-replica.ts';
import { transferBlock } from './transfer/block-transfer.ts';

/** The number of replicas that are deleted at once. */
const DELETES_AT_ONCE = 32;

/**
 * Carries out the NameNode's commands in the background (Hadoop: BPOfferService.processCommandFromActive). `idle()`
 * waits until all of them have ended.
 */
export class CommandProcessor {
  readonly #context: DatanodeContext;
  readonly #session: NamenodeSession;
  readonly #outbox: Outbox;
  readonly #log: Logger;
  readonly #running = new Set<Promise<void>>();

  constructor(context: DatanodeContext, session: NamenodeSession, outbox: Outbox) {
    this.#context = context;
    this.#session = session;
    this.#outbox = outbox;
    this.#log = context.log;
  }

  take(command: DatanodeCommandProto): void {
    switch (command.cmdType) {
      case DatanodeCommandProto_Type.BlockCommand:
        if (command.blkCmd) this.#takeBlockCommand(command.blkCmd);
        return;
      case DatanodeCommandProto_Type.BlockRecoveryCommand:
        this.#recover(command.recoveryCmd?.blocks ?? []);
        return;
      case DatanodeCommandProto_Type.BalancerBandwidthCommand:
        this.#takeBandwidth(command.balancerCmd?.bandwidth ?? 0);
        return;
      case DatanodeCommandProto_Type.FinalizeCommand:
      case DatanodeCommandProto_Type.KeyUpdateCommand:
      case DatanodeCommandProto_Type.NullDatanodeCommand:
        // Nothing to do: Calf has no upgrades to finalize and no block tokens.
        return;
      default:
        this.#log.warn({ cmdType: command.cmdType }, 'command of the NameNode is not supported');
    }
  }

  #recover(blocks: readonly RecoveringBlockProto[]): void {
    const { metrics } = this.#context;
    const running = blocks.map((block) => this.#run('recover', recoverBlock(this.#context, this.#session, block)));
    metrics.DataNodeBlockRecoveryWorkerCount++;
    void Promise.all(running).finally(() => metrics.DataNodeBlockRecoveryWorkerCount--);
  }

  /** Takes the bandwidth of `dfsadmin -setBalancerBandwidth`. A bandwidth of 0 or less changes nothing. */
  #takeBandwidth(bytesPerSecond: number): void {
    if (bytesPerSecond <= 0) return;
    const { balanceThrottler } = this.#context;
    this.#log.info({ from: balanceThrottler.bytesPerSecond, to: bytesPerSecond }, 'balancer bandwidth is changed');
    balanceThrottler.setBandwidth(bytesPerSecond);
  }

  #takeBlockCommand(command: BlockCommandProto): void {
    if (command.blockPoolId !== this.#context.store.blockPoolId) {
      this.#log.warn({ blockPool: command.blockPoolId }, 'command for a block pool that is not served here');
      return;
    }
    switch (command.action) {
      case BlockCommandProto_Action.INVALIDATE:
        void this.#run('invalidate', this.#invalidate(command));
        return;
      case BlockCommandProto_Action.TRANSFER:
        for (const [i, block] of command.blocks.entries()) {
          const ended = this.#transfer(command, block, i).finally(() => this.#outbox.heartbeatSoon());
          void this.#run('transfer', ended);
        }
        return;
      case BlockCommandProto_Action.SHUTDOWN:
        this.#log.warn('the NameNode no longer sends SHUTDOWN; ignored');
    }
  }

  async #invalidate(command: BlockCommandProto): Promise<void> {
    const { store, events, metrics } = this.#context;
    for (let at = 0; at < command.blocks.length; at += DELETES_AT_ONCE) {
      const some = command.blocks.slice(at, at + DELETES_AT_ONCE);
      await Promise.all(
        some.map(async ({ blockId, genStamp }) => {
          const replica = store.find({ poolId: command.blockPoolId, blockId });
          if (!replica) return;
          const { kind, generationStamp } = replica.state;
          if (generationStamp > genStamp) {
            // The NameNode meant an older generation and waits for news of the block, so this replica is reported.
            if (kind === 'FINALIZED') events.received(replica);
            else if (kind === 'RBW') events.receiving(replica);
            return;
          }
          await replica.writer?.stop('the NameNode invalidated the block');
          await store.remove(replica);
          metrics.BlocksRemoved++;
          events.deleted(replica);
        }),
      );
    }
    this.#log.info({ blocks: command.blocks.length }, 'deleted invalidated blocks');
  }

  async #transfer(command: BlockCommandProto, block: BlockProto, index: number): Promise<void> {
    const stored = await this.#sendable(command.blockPoolId, block);
    if (!stored) return;
    await transferBlock(this.#context, {
      block: stored.block,
      stage: Stage.PIPELINE_SETUP_CREATE,
      clientName: '',
      targets: command.targets[index]?.datanodes ?? [],
      storageTypes: command.targetStorageTypes[index]?.storageTypes ?? [],
      storageIds: command.targetStorageUuids[index]?.storageUuids ?? [],
    });
  }

  /**
   * Returns the replica to copy. Returns undefined and tells the NameNode if the replica differs from the NameNode's
   * record (Hadoop: DataNode.transferBlock).
   */
  async #sendable(poolId: string, { blockId, genStamp, numBytes = 0 }: BlockProto): Promise<StoredReplica | undefined> {
    const { store, events } = this.#context;
    const stored = store.find({ poolId, blockId });
    const name = `${poolId}:blk_${blockId}_${genStamp}`;
    if (stored?.state.kind !== 'FINALIZED') {
      const message = `Can't send invalid block ${name}`;
      this.#log.info(message);
      await this.#session.reportInvalidBlock(message);
      return undefined;
    }
    await forgetVanished(this.#context, stored);
    if (store.find({ poolId, blockId }) !== stored) return undefined;
    const { bytesOnDisk } = stored.state;
    if (bytesOnDisk >= numBytes) return stored;
    events.bad({ poolId, blockId, generationStamp: genStamp, numBytes }, undefined);
    const shorter = `on-disk length ${bytesOnDisk} is shorter than NameNode recorded length ${numBytes}`;
    this.#log.info(`Can't replicate block ${name} because ${shorter}`);
    return undefined;
  }

  /** Tracks work for `idle()` and logs its failure. Resolves when the work has ended, even if it failed. */
  #run(command: string, work: Promise<void>): Promise<void> {
    const logged = work.catch((thrown: unknown) => {
      const err = this.#context.bugs.ofWork(`CommandProcessor.${command}`, {}, thrown);
      // A bug is not logged here: BugTrap has logged the bug and asked the DataNode to stop.
      if (!(err instanceof Bug)) this.#log.warn({ err }, `The command ${command} of the NameNode failed`);
    });
    const tracked = logged.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
    return tracked;
  }

  /** Resolves when all commands taken so far have ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }
}
