import type { Logger } from '../conf/log.ts';
import {
  type BlockCommandProto,
  BlockCommandProto_Action,
  type BlockProto,
  type DatanodeCommandProto,
  DatanodeCommandProto_Type,
  OpWriteBlockProto_BlockConstructionStage as Stage,
} from '../protocol/gen/messages.ts';
import { recoverBlock } from './block-recovery.ts';
import { transferBlock } from './block-transfer.ts';
import type { DatanodeContext } from './datanode-context.ts';
import type { NamenodeLink } from './namenode-link.ts';

/** Replicas deleted at once, before the event loop gets another turn. */
const DELETES_AT_ONCE = 32;

/** Carries the NameNode's commands out, in the background; `idle()` waits for them. */
export class CommandProcessor {
  readonly #context: DatanodeContext;
  readonly #link: () => NamenodeLink;
  readonly #log: Logger;
  readonly #running = new Set<Promise<void>>();
  /** Set by the balancer, for dfsadmin -getBalancerBandwidth. */
  balancerBandwidth: number;

  constructor(context: DatanodeContext, link: () => NamenodeLink, balancerBandwidth: number) {
    this.#context = context;
    this.#link = link;
    this.#log = context.log;
    this.balancerBandwidth = balancerBandwidth;
  }

  take(command: DatanodeCommandProto): void {
    switch (command.cmdType) {
      case DatanodeCommandProto_Type.BlockCommand:
        if (command.blkCmd) this.#takeBlockCommand(command.blkCmd);
        return;
      case DatanodeCommandProto_Type.BlockRecoveryCommand:
        for (const recovering of command.recoveryCmd?.blocks ?? []) {
          this.#run('block recovery', recoverBlock(this.#context, this.#link(), recovering));
        }
        return;
      case DatanodeCommandProto_Type.BalancerBandwidthCommand:
        this.balancerBandwidth = command.balancerCmd?.bandwidth ?? this.balancerBandwidth;
        return;
      case DatanodeCommandProto_Type.FinalizeCommand:
      case DatanodeCommandProto_Type.KeyUpdateCommand:
      case DatanodeCommandProto_Type.NullDatanodeCommand:
        // There is no upgrade to finalize, and tokens are not in use.
        return;
      default:
        this.#log.warn({ cmdType: command.cmdType }, 'command of the NameNode is not supported');
    }
  }

  #takeBlockCommand(command: BlockCommandProto): void {
    if (command.blockPoolId !== this.#context.store.blockPoolId) {
      this.#log.warn({ blockPool: command.blockPoolId }, 'command for a block pool that is not served here');
      return;
    }
    switch (command.action) {
      case BlockCommandProto_Action.INVALIDATE:
        this.#run('invalidate', this.#invalidate(command));
        return;
      case BlockCommandProto_Action.TRANSFER:
        for (const [i, block] of command.blocks.entries()) this.#run('transfer', this.#transfer(command, block, i));
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
          // One written anew since the NameNode decided is not the one that it meant.
          if (!replica || replica.state.generationStamp > genStamp) return;
          await replica.writer?.stop('the NameNode invalidated the block');
          await store.remove(replica);
          metrics.BlocksRemoved++;
          events.deleted(replica);
        }),
      );
    }
    this.#log.info({ blocks: command.blocks.length }, 'deleted invalidated blocks');
  }

  async #transfer(command: BlockCommandProto, { blockId, genStamp }: BlockProto, index: number): Promise<void> {
    const { store } = this.#context;
    const stored = store.get({ poolId: command.blockPoolId, blockId, generationStamp: genStamp });
    await transferBlock(this.#context, {
      block: stored.block,
      stage: Stage.PIPELINE_SETUP_CREATE,
      clientName: '',
      targets: command.targets[index]?.datanodes ?? [],
      storageTypes: command.targetStorageTypes[index]?.storageTypes ?? [],
      storageIds: command.targetStorageUuids[index]?.storageUuids ?? [],
    });
  }

  #run(what: string, work: Promise<void>): void {
    const logged = work.catch((err: unknown) => this.#log.warn({ err }, `${what} failed`));
    const tracked = logged.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }
}
