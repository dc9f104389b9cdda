/** The calls of the NameNode for a file being written. */
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { allocatedBlock } from '../dfs/allocated-block.ts';
import { blockName, datanodeNames } from '../dfs/block-format.ts';
import type { DfsClient } from '../dfs/dfs-client.ts';
import type { StepTeller } from '../dfs/explain.ts';
import type { Effect, NameNodeEffectKind, PipelineEvent } from './pipeline-events.ts';

export type NameNodeEffect = Effect<NameNodeEffectKind>;

/** Makes the calls of the NameNode for one file being written, and turns their answers into events. */
export class WriterCalls {
  readonly #client: DfsClient;
  readonly #file: { readonly path: string; readonly fileId: number };
  readonly #teller: StepTeller;
  /** The fsync calls that are under way. Each sends the length of the last block, so no block may be added until they end. */
  readonly #fsyncs = new Set<Promise<unknown>>();

  constructor(client: DfsClient, file: { readonly path: string; readonly fileId: number }, teller: StepTeller) {
    this.#client = client;
    this.#file = file;
    this.#teller = teller;
  }

  /** @throws the error with which the NameNode refuses the call */
  perform(effect: NameNodeEffect): Promise<PipelineEvent> {
    switch (effect.kind) {
      case 'addBlock':
        return this.#addBlock(effect);
      case 'abandonBlock':
        return this.#abandonBlock(effect);
      case 'getAdditionalDatanode':
        return this.#getAdditionalDatanode(effect);
      case 'updateBlockForPipeline':
        return this.#updateBlockForPipeline(effect);
      case 'updatePipeline':
        return this.#updatePipeline(effect);
      case 'complete':
        return this.#complete(effect);
    }
  }

  /** Resolves when no fsync is under way. */
  async persisted(): Promise<void> {
    while (this.#fsyncs.size > 0) await Promise.allSettled(this.#fsyncs);
  }

  /** Makes the file's blocks durable on the NameNode, and tells it the length of the last block (-1: no length). */
  async fsync(lastBlockLength: number): Promise<void> {
    const { path: src, fileId } = this.#file;
    const { clientName: client } = this.#client;
    const call = this.#client.callForWriter(ClientNamenode.fsync, { src, client, lastBlockLength, fileId });
    this.#fsyncs.add(call);
    try {
      await call;
    } finally {
      this.#fsyncs.delete(call);
    }
  }

  async #addBlock(effect: Effect<'addBlock'>): Promise<PipelineEvent> {
    await this.persisted();
    const { path: src, fileId } = this.#file;
    this.#teller.tell(5, effect.previous ? `after ${blockName(effect.previous)}` : 'the first');
    const { block } = await this.#client.callForWriter(ClientNamenode.addBlock, {
      src,
      clientName: this.#client.clientName,
      previous: effect.previous,
      excludeNodes: [...effect.excludes],
      fileId,
      favoredNodes: [],
      flags: [],
    });
    this.#teller.note(`${blockName(block.b)} on ${datanodeNames(block.locs)}`);
    return { kind: 'blockAdded', allocated: allocatedBlock(block) };
  }

  async #abandonBlock({ block }: Effect<'abandonBlock'>): Promise<PipelineEvent> {
    const { path: src, fileId } = this.#file;
    const holder = this.#client.clientName;
    await this.#client.callForWriter(ClientNamenode.abandonBlock, { b: block, src, holder, fileId });
    this.#teller.note(`${blockName(block)} is abandoned`);
    return { kind: 'blockAbandoned' };
  }

  async #getAdditionalDatanode(effect: Effect<'getAdditionalDatanode'>): Promise<PipelineEvent> {
    const { path: src, fileId } = this.#file;
    const { block } = await this.#client.callForWriter(ClientNamenode.getAdditionalDatanode, {
      src,
      blk: effect.block,
      existings: effect.existing.map((n) => n.info),
      excludes: [...effect.excludes],
      numAdditionalNodes: 1,
      clientName: this.#client.clientName,
      existingStorageUuids: effect.existing.map((n) => n.storageId),
      fileId,
    });
    return { kind: 'datanodeAdded', allocated: allocatedBlock(block) };
  }

  async #updateBlockForPipeline({ block }: Effect<'updateBlockForPipeline'>): Promise<PipelineEvent> {
    const { clientName } = this.#client;
    const answer = await this.#client.callForWriter(ClientNamenode.updateBlockForPipeline, { block, clientName });
    const { b, blockToken } = answer.block;
    return { kind: 'stamped', generationStamp: b.generationStamp, token: blockToken };
  }

  async #updatePipeline({ oldBlock, newBlock, nodes }: Effect<'updatePipeline'>): Promise<PipelineEvent> {
    await this.#client.callForWriter(ClientNamenode.updatePipeline, {
      clientName: this.#client.clientName,
      oldBlock,
      newBlock,
      newNodes: nodes.map((n) => n.info.id),
      storageIDs: nodes.map((n) => n.storageId),
    });
    const names = datanodeNames(nodes.map((n) => n.info));
    this.#teller.note(`the pipeline is rebuilt as ${blockName(newBlock)} on ${names}`);
    return { kind: 'pipelineUpdated' };
  }

  async #complete({ last }: Effect<'complete'>): Promise<PipelineEvent> {
    this.#teller.tell(12, this.#file.path);
    await this.persisted();
    const { path: src, fileId } = this.#file;
    const { clientName } = this.#client;
    const { result } = await this.#client.callForWriter(ClientNamenode.complete, { src, clientName, last, fileId });
    return { kind: 'completed', done: result };
  }
}
